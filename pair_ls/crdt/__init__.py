"""Shared documents (Yjs) behind a narrow door: the only home of pycrdt. No I/O, no clock; offsets are code points."""
