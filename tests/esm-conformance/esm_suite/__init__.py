"""Conformance suite for Lambda event source mappings on DynamoDB Streams: see README.md."""
