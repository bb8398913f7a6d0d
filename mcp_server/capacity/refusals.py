"""What all refusals of a request have in common."""


class RequestRefused(ValueError):
    """A request that cannot be carried out as it was asked. The text says why and what to ask instead.

    Nothing was sent to AWS on its account.
    """
