"""Take providers' events: authenticate, translate, check, store durably, then acknowledge."""
