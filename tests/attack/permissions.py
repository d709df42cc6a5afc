"""The rows of the permission matrix: who may do what with each page of the site.

The API's are in tests/api/test_access.py, those of the administration in tests/views/test_admin_permissions.py. Each
address has the kind of its GET, and then that of its POST; one without a name stands here by its route.
"""

from __future__ import annotations

WHO = ("nobody", "stranger", "viewer", "manager", "staff", "administrator", "token")
"""Staff and administrators have no role in any district; the token is the manager's, with every scope."""
KINDS = {
    # Without signing in.
    "open": "ok ok ok ok ok ok ok",
    # Only while somebody signs in: otherwise it leads to the beginning of that.
    "stage": "login login login login login login login",
    # Not there, as long as the settings do not ask for it.
    "unset": "none none none none none none none",
    # Answers 503: no worker runs.
    "broken": "503 503 503 503 503 503 503",
    # Not by this method, whoever asks; and for those who have signed in.
    "never": "never never never never never never never",
    "-": "login never never never never never login",
    # For themselves.
    "own": "login ok ok ok ok ok login",
    # One person's, and nobody else learns that it is there.
    "manager's": "login none none ok none none login",
    "viewer's": "login none ok none none none login",
    "nobody's": "login none none none none none login",
    # The district's: others do not learn that it is there.
    "read": "login none ok ok none none login",
    "act": "login none refused ok none none login",
    "staff": "login refused refused refused ok ok login",
    # The way to the log-in, for nobody who has been there.
    "elsewhere": "login refused refused refused refused refused login",
    # Streams; who is let in would be answered for as long as they listen, and is not tried here.
    "stream": "login ? ? ? ? ? login",
    "run": "login none ? ? none none login",
    "file": "login none none none none ? login",
    "sealed": "none none none none none none none",
}
ROWS = {
    name: (get, post)
    for name, get, post in (
        line.split()
        for line in """
healthz                              open       never
readyz                               broken     never
metrics                              unset      never
login                                open       open
company-login                        unset      never
company-back                         unset      never
second-step                          stage      stage
first-password                       stage      stage
logout                               -          stage
account-password                     own        own
account-sessions                     own        -
account-sessions-end-others          -          own
account-session-end                  -          manager's
account-second-step                  own        -
account-second-step-app              own        own
account-second-step-passkey          own        own
account-second-step-codes            -          own
account-second-step-remove           -          nobody's
account-confirm                      own        own
admin/login/                         elsewhere  never
admin/password_change/               own        own
admin/password_change/done/          own        own
notifications:events                 stream     never
notifications:events-next            sealed     never
notifications:list                   own        -
notifications:read-all               -          own
notifications:preferences            own        own
notifications:digest-dismiss         -          own
notifications:read                   -          viewer's
assignments:home                     own        -
assignments:setup                    staff      -
assignments:api-reference            own        -
assignments:board                    read       -
assignments:board-bulk               read       -
assignments:board-selected           read       -
assignments:selected-start           -          act
assignments:board-file               read       -
assignments:saved-views              read       -
assignments:saved-view-save          -          read
assignments:saved-view-rename        -          manager's
assignments:saved-view-default       -          manager's
assignments:saved-view-delete        -          manager's
assignments:calendars                read       -
assignments:calendar-make            -          read
assignments:calendar-revoke          -          manager's
assignments:calendar-feed            open       never
assignments:today                    read       -
assignments:note-write               -          act
assignments:note-take-back           -          act
assignments:batch-start              -          act
assignments:recent-approvals         read       -
assignments:batch                    read       -
assignments:batch-go-on              -          act
assignments:batch-take-back          -          act
assignments:permits                  read       -
assignments:write-backs              read       -
assignments:books                    read       -
assignments:quarantine               read       -
assignments:quarantine-again         -          act
assignments:book-compare             -          act
assignments:book-repair              -          act
assignments:source-read-again        -          act
assignments:source-close-missing     -          act
assignments:write-backs-dead-all     read       -
assignments:write-backs-retry-all    -          act
assignments:write-backs-write-off    -          act
assignments:write-backs-dead         read       -
assignments:write-backs-retry        -          act
assignments:map                      read       -
assignments:schedule                 read       -
assignments:schedule-crews           read       -
assignments:schedule-check           read       -
assignments:storm                    read       -
assignments:storm-declare            -          act
assignments:storm-end                -          act
assignments:order-why-not            read       -
assignments:order-override           read       act
assignments:order-emergency          read       -
assignments:order-emergency-crew     read       act
assignments:order-split              read       act
assignments:order-put-together       -          act
assignments:order-row                read       -
assignments:order-reviewing          -          read
assignments:order-restoration        -          act
assignments:order-restoration-take-back -          act
assignments:order-review             read       -
assignments:run-start                -          act
assignments:run                      read       -
assignments:run-events               run        never
assignments:file-events              file       never
assignments:run-keep                 -          act
assignments:run-go-on                -          act
assignments:run-cancel               -          act
assignments:suggestion-approve       -          act
assignments:suggestion-reject        -          act
assignments:rejection-take-back      -          act
assignments:assignment-undo          -          act
assignments:assignment-revoke        read       act
assignments:assignment-move          read       act
assignments:assignment-pin           -          act
assignments:assignment-unpin         -          act
assignments:write-backs-now          -          act
assignments:write-back               read       act
assignments:write-back-retry         -          act
""".strip().splitlines()
    )
}


def expected(kind: str, person: str) -> str:
    """The word of `callers` for what a person gets from a page of the kind; `?` for what is not tried."""
    return dict(zip(WHO, KINDS[kind].split(), strict=True))[person]
