"""SMPP 3.4, sans-IO: values, codec, and one session for both ends of the link.

`pdus` are the operations, `codec` turns them into octets and back, `tlvs` and `statuses` name
the numbers, `states` says who may send what when, and `session` keeps one connection.
Source: Short Message Peer to Peer Protocol Specification 3.4, issue 1.2 (12 October 1999).
"""
