"""Control: decisions → service calls, and the record of them."""

from .audit import EVENT_COMMAND, Audit, AuditEntry, Outcome
from .dispatcher import Dispatcher
from .drivable import drive_of

__all__ = ["EVENT_COMMAND", "Audit", "AuditEntry", "Dispatcher", "Outcome", "drive_of"]
