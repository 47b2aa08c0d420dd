"""An SMSC and the handsets behind it, for demonstrations, tests and developers' laptops.

`smsc` is the server, `connection` one bind at it, `handsets` the phones, `faults` what may go
wrong on request, `options` how it is set up, `control` how people and programs reach it.
"""
