"""Readers of files: captures, inventory reports, exports of other systems and logs."""
