"""Tests of the conversation and its door."""
