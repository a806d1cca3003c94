"""The tests of maildesk."""
