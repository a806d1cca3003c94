"""The app: what runs on a terminal. Its parts are one file each; here is what others start."""

from maildesk.app.desk_app import MaildeskApp
from maildesk.app.running import SetupApp, run_app, run_setup
from maildesk.app.settings import UiSettings

__all__ = ["MaildeskApp", "SetupApp", "UiSettings", "run_app", "run_setup"]
