"""Tests of what is a wire: IMAP, SMTP, sync."""
