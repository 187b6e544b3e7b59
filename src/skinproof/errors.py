"""Every error skinproof raises on purpose, each with one exit code and one HTTP status.

SkinproofError                       1   500
├── UsageError                       2   400   the question cannot be asked like this
├── InputError                       3   422   what was given cannot be read (file, record, gold table)
├── VocabularyError                  4   500   a vocabulary file breaks its own rules
├── StoreError                       5   500   the data folder cannot be used (newer, damaged, not writable)
│   └── BusyError                    5   500   another process is writing to the data folder
├── NotFoundError                    6   404   no such study, edition or file
├── EditionError                     7   500   a new edition failed its checks and was not made current
├── SynthesisError                   8   422   these numbers cannot be pooled as asked (a bad row, too few studies, no convergence)
├── SourceError                      9   502   a source could not be reached or answered wrongly; what was stored stays
│   ├── CursorExpired                9   502   the source does not know the place to go on from any more
│   └── TooLarge                     9   502   an answer is larger than is taken; ask for less of it at a time
├── IncompleteError                 10   502   fewer records are stored than the source reports; the missing ids are listed
├── DriftError                      11   500   a field was renamed or emptied upstream; no edition was made current
└── TooSlow                         12   503   a server's time for one answer was over
"""


class SkinproofError(Exception):
    """Base of all skinproof errors; the message says what was found, where, and what to do."""

    exit_code = 1
    http_status = 500


class UsageError(SkinproofError):
    exit_code = 2
    http_status = 400


class InputError(SkinproofError):
    exit_code = 3
    http_status = 422


class VocabularyError(SkinproofError):
    exit_code = 4


class StoreError(SkinproofError):
    exit_code = 5


class BusyError(StoreError):
    pass


class NotFoundError(SkinproofError):
    exit_code = 6
    http_status = 404


class EditionError(SkinproofError):
    exit_code = 7


class SynthesisError(SkinproofError):
    exit_code = 8
    http_status = 422


class SourceError(SkinproofError):
    exit_code = 9
    http_status = 502


class CursorExpired(SourceError):
    pass


class TooLarge(SourceError):
    pass


class IncompleteError(SkinproofError):
    exit_code = 10
    http_status = 502


class DriftError(SkinproofError):
    exit_code = 11


class TooSlow(SkinproofError):
    exit_code = 12
    http_status = 503
