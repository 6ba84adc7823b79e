from datetime import datetime

from . import Observer

def zenith_and_azimuth(
    observer: Observer, dateandtime: datetime, with_refraction: bool = ...
) -> tuple[float, float]: ...
