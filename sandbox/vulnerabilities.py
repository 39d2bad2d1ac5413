"""What the sandbox's OSV knows: published vulnerabilities of older versions of what the reference app uses."""

from __future__ import annotations

from sandbox.doubles.osv import Known

KNOWN = (
    Known(
        "GHSA-h5c8-rqwp-cp95",
        "jinja2",
        "HTML attribute injection when user input is passed as keys to the xmlattr filter",
        fixed="3.1.3",
        aliases=("CVE-2024-22195",),
        published="2024-01-11T15:20:48Z",
    ),
    Known(
        "GHSA-cpwx-vrp4-4pq7",
        "jinja2",
        "Breakout from the sandbox through the attr filter",
        fixed="3.1.6",
        aliases=("CVE-2025-27516",),
        published="2025-03-05T20:40:14Z",
    ),
    Known(
        "GHSA-9wx4-h78v-vm56",
        "requests",
        "A session goes on not to verify certificates after a first request with verify=False",
        fixed="2.32.0",
        aliases=("CVE-2024-35195",),
        published="2024-05-20T20:15:00Z",
    ),
)
