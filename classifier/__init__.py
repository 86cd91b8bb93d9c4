"""The reference model: trained from labelled tickets, served behind the contract's HTTP API.

The service knows a model only by its URL and imports nothing from here. Any other model can replace this one (see
docs/model-adapter.md).
"""
