"""Control: decisions → calls, and the record of them. Only `home.py` knows Home Assistant."""

from .audit import EVENT_COMMAND, Audit, AuditEntry, Outcome
from .dispatcher import Dispatcher
from .drivable import drive_of

__all__ = ["EVENT_COMMAND", "Audit", "AuditEntry", "Dispatcher", "Outcome", "drive_of"]
