"""Every error skinproof raises on purpose, each with one exit code and one HTTP status.

SkinproofError                       1   500
├── UsageError                       2   400   the question cannot be asked like this
├── InputError                       3   422   what was given cannot be read (file, record, gold table)
├── VocabularyError                  4   500   a vocabulary file breaks its own rules
├── StoreError                       5   500   the data folder cannot be used (locked, newer, damaged)
├── NotFoundError                    6   404   no such study, edition or file
├── EditionError                     7   500   a new edition failed its checks and was not made current
└── SynthesisError                   8   422   these numbers cannot be pooled as asked (a bad row, too few studies, no convergence)
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


class NotFoundError(SkinproofError):
    exit_code = 6
    http_status = 404


class EditionError(SkinproofError):
    exit_code = 7


class SynthesisError(SkinproofError):
    exit_code = 8
    http_status = 422
