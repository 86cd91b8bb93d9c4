"""The reference model: trained from labelled tickets, served behind the contract's HTTP API.

The service knows a model only by its URL, so nothing here is imported by it; any other model can take this one's
place (see docs/model-adapter.md).
"""
