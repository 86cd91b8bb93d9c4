"""A policy for Apache Kafka that refuses topics as managed clusters do."""
