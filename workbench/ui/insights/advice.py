"""What a kind of failure means, and what to do about it."""

from workbench.insights import Failure

#: where in an edit it happened, as people say it
STAGES = {
    "source": "reading the original", "engine": "changing the picture", "model": "at the image model",
    "lock": "laying the output over the original", "encode": "saving", "prove": "checking the saved file",
    "measure": "measuring", "keep": "keeping the result",
}  # fmt: skip
#: kind → what happened, what to do
KINDS: dict[str, tuple[str, str]] = {
    "not_in_picture": (
        "Nothing to change was found",
        "Pick the colour from the picture, or mark the region where the change belongs.",
    ),
    "copy_not_found": ("The text can't be read in the picture", "Type it as it stands there, or mark the line."),
    "copy_does_not_fit": ("The new text has no room", "Shorten it, or allow the template to set it smaller."),
    "copy_doubtful": (
        "The text's font or place is doubtful",
        "Add the font to the guideline, or use a template with a model.",
    ),
    "needs_generative": ("It can't be done exactly", "Use a template that asks an image model."),
    "rejected_image": ("A file was no picture", "Save it anew as PNG, JPEG or WebP."),
    "over_budget": ("Over the budget", "Ask for fewer pictures or a lower quality, or raise the cap in the settings."),
    "moved_on": ("The asset had moved on", "Run the edit again on the newest version."),
    "moderation": ("Refused by the model's safety rules", "Word the values differently, or choose another picture."),
    "auth": (
        "The model's server refused the key",
        "Whoever runs Loupe: check LOUPE_IMAGE_KEY, then “Test connection”.",
    ),
    "model_or_url": (
        "The model or its address isn't there",
        "Whoever runs Loupe: check LOUPE_IMAGE_MODELS and LOUPE_IMAGE_URL.",
    ),
    "quota": (
        "The provider's credit is used up",
        "Whoever runs Loupe: top up the account; queued edits go on by themselves.",
    ),
    "rate_limit": (
        "Too many requests at once",
        "Set LOUPE_IMAGE_LIMIT to what the account allows; later runs spread by themselves.",
    ),
    "invalid": ("A value was refused", "Open the edit: its sentence says which one. Change it and run again."),
    "too_large": ("The picture was too large for the model", "Mark a smaller region, so that less is sent."),
    "server": ("The model's server failed", "Run it again later; nothing was billed as far as the server said."),
    "transient": ("The model's server was busy", "Run it again later."),
    "connect": ("The model's server can't be reached", "Whoever runs Loupe: “Test connection” says what is wrong."),
    "dropped": (
        "The connection broke in mid answer",
        "It may have been billed. Look at the provider's usage before running again.",
    ),
    "timeout": (
        "The model took too long",
        "It may have been billed. Ask for a lower quality, or raise LOUPE_IMAGE_DEADLINE.",
    ),
    "bad_response": (
        "The model's answer was no picture",
        "If it happens again, the server doesn't fit its profile: check LOUPE_IMAGE_PROFILE.",
    ),
    "truncated_stream": ("The answer ended too early", "It may have been billed. Run it again."),
    "stream_error": (
        "The model stopped in the middle",
        "Run it again; the provider's usage says whether it was billed.",
    ),
    "unknown": (
        "The worker stopped while a model was at work",
        "It may have been billed. Look at the provider's usage; run it again if the result is still wanted.",
    ),
    "store": ("The pictures can't be reached", "Whoever runs Loupe: `doctor` says what is wrong with the store."),
    "database": ("The database couldn't be reached", "Whoever runs Loupe: `doctor` says what is wrong."),
    "stopped": ("The worker stopped again and again", "Try a smaller picture, or give the worker more memory."),
}


def advice(one: Failure) -> tuple[str, str]:
    """What happened and what to do; where the kind tells nothing, what the newest of them told its author."""
    if one.kind in KINDS:
        return KINDS[one.kind]
    title = "Nobody knows how it ended" if one.state == "unknown" else "The edit failed"
    return title, one.sentence
