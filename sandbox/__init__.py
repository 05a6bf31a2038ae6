"""The sandbox: one simulated world behind three doors.

A world holds a Salesforce organisation, a HubSpot portal, the people who work in them and one clock. Its doors are the
connector port in process (sandbox/port.py), WSGI in process behind the real client libraries (sandbox/transport.py) and
HTTP on loopback (sandbox/serve.py). Everything is seeded: the same seed gives the same world.
"""
