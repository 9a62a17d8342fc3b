"""The folder a user works in, and tables as files; the only reader and writer of snapshots and stages.

From the inside out: `text` (delimited text and formula escapes, without frames), `readers` (files to text columns with
lines), `cells` (text columns to the types of a schema), `tables` (CSV and XLSX for people) and `matrix` (access
matrices of `mine`) know no workspace. `files` (whole or absent, private, locked), `manifest` (hashes of inputs and
outputs), `stages` (folders of outputs) and `workspace` (snapshots and freshness) are the workspace.
"""
