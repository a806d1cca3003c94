"""What the screens are made of: lists, timelines, bars and banners.

A widget knows nothing of the store. It is given values of its own
(:class:`~maildesk.widgets.mail_list.ListRow`, :class:`~maildesk.widgets.timeline.Entry`), whose texts are
:class:`~maildesk.domain.safetext.SafeText`, and tells its screen by messages what the agent asked for.
"""
