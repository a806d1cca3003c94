"""Saved views in the inbox: showing one by name or by its letter after ``g``, saving what is shown, and what can be
done to one's own: another name, a letter, for everybody, away. All of it is taken back by undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from textual import work

from maildesk.domain.safetext import safe_line
from maildesk.domain.state_words import tab_name
from maildesk.domain.status import CustomState
from maildesk.domain.view import View, ViewUndo
from maildesk.locale import t
from maildesk.screens.base import DeskScreen
from maildesk.screens.confirm import Confirm
from maildesk.screens.fuzzy import Choice
from maildesk.screens.picker import Picker
from maildesk.screens.words import colleague

if TYPE_CHECKING:
    from maildesk.desk import Desk
    from maildesk.screens.inbox import InboxScreen

Act = Literal["rename", "letter", "share", "unshare", "delete"]


def quoted(value: str) -> str:
    """A value as it is written in a query."""
    return f'"{value}"' if " " in value else value


def about(view: View, states: Sequence[CustomState] = ()) -> str:
    """A view in a line, beside its name."""
    parts = [f"g {view.letter}" if view.letter else "", view.query, tab_name(view.tab, states)]
    if view.shared:
        parts.append(t("inbox.view.shared", name=view.owner))
    return "  ".join(part for part in parts if part)


def choices(views: Sequence[View], states: Sequence[CustomState] = ()) -> list[Choice[View]]:
    """Views to choose from."""
    return [
        Choice(view, view.name, about(view, states), also=tuple(filter(None, (view.letter,))))
        for view in views
    ]


class ViewPicker(Picker[View]):
    """Enter shows a view; Tab asks what else is to be done to it: then it ``manages``."""

    manages = False

    def digits_line(self) -> str:
        return ""

    def keys_line(self) -> str:
        return t("picker.keys.views")

    def action_picker_mark(self) -> None:
        self.manages = True
        self.action_picker_choose()


class SavedViews:
    """The views of one inbox."""

    def __init__(self, inbox: InboxScreen) -> None:
        self._inbox = inbox

    async def _known(self) -> list[View] | None:
        """All views; None, and the reason said, where there are none."""
        inbox = self._inbox
        known = await inbox.tried(lambda desk: desk.views.list())
        if known is not None and not known:
            inbox.host.say(t("inbox.view.none", key=inbox.host.keymap.shown("view.save")))
        return list(known) if known else None

    # showing

    async def choose(self) -> None:
        """Choose a view and show it, or change it."""
        known = await self._known()
        if known is None:
            return
        picker = ViewPicker(t("inbox.view.title"), choices(known, self._inbox.listing.states))
        chosen = await self._inbox.app.push_screen_wait(picker)
        if chosen is not None and picker.manages:
            await self._manage(chosen)
        elif chosen is not None:
            self.show(chosen)

    async def open(self, letter: str) -> None:
        """Show the view that a letter opens."""
        inbox = self._inbox
        found = await inbox.tried(lambda desk: (desk.views.of_letter(letter),))
        if found is None:
            return
        if (view := found[0]) is not None:
            self.show(view)
        else:
            inbox.host.say(t("inbox.view.no_letter", letter=letter), "warning")

    def show(self, view: View) -> None:
        """Show what a view asks for."""
        inbox = self._inbox
        query = f"{view.query} shop:{quoted(view.mailbox)}".strip() if view.mailbox else view.query
        inbox.show_query(query, view.tab, view.sort)
        inbox.dress(view.columns, view.density)

    # changing

    async def save(self) -> None:
        """Give what is shown a name; a view of that name is replaced."""
        inbox, listing = self._inbox, self._inbox.listing
        known = await inbox.tried(lambda desk: desk.views.list())
        if known is None:
            return
        query = " ".join(filter(None, (listing.query_text, "is:mine" if listing.mine else "")))
        shop = listing.shop.short_name if listing.shop is not None else ""
        columns, density = inbox.shown_columns, inbox.shown_density
        now = View("", query, listing.tab, listing.sort, shop, columns=columns, density=density)

        def typed(name: str) -> Choice[View]:
            return Choice(replace(now, name=name.strip()), t("inbox.view.save", name=name.strip()))

        replaced = [
            Choice(
                replace(now, name=view.name, letter=view.letter, shared=view.shared, id=view.id),
                view.name,
                view.query,
            )
            for view in known
            if view.own
        ]
        title = t("inbox.view.name", query=query or tab_name(now.tab, listing.states))
        chosen = await inbox.app.push_screen_wait(
            Picker(title, replaced, hint=t("inbox.view.name.hint"), typed=typed, digits=False)
        )
        if chosen is None:
            return
        was = next((view for view in known if view.own and view.name == chosen.name), None)
        saved = await inbox.tried(lambda desk: desk.views.save(chosen))
        if saved is not None:
            keymap = inbox.host.keymap
            key = f"{keymap.shown('app.goto')} {saved.letter or keymap.shown('goto.views')}"
            self._did(ViewUndo(was, saved), t("inbox.view.saved", name=saved.name, key=key))

    async def ask(self, act: Act) -> None:
        """Choose a view of one's own (or of others, where one may change these) and do that to it."""
        known = await self._known()
        if known is None:
            return
        fitting = [view for view in known if view.own and act != ("share" if view.shared else "unshare")]
        if not fitting:
            self._inbox.host.say(t("inbox.view.none_own"))
            return
        view = await self._inbox.app.push_screen_wait(
            Picker(t(f"inbox.view.{act}.title"), choices(fitting, self._inbox.listing.states), digits=False)
        )
        if view is not None:
            await self._do(act, view)

    async def _manage(self, view: View) -> None:
        acts: list[Act] = ["rename", "letter", "unshare" if view.shared else "share", "delete"]
        if not view.own:
            acts.remove("letter")
        picked = await self._inbox.app.push_screen_wait(
            Picker(safe_line(view.name), [Choice(act, t(f"inbox.view.{act}"), also=(act,)) for act in acts])
        )
        if picked is not None:
            await self._do(picked, view)

    async def _do(self, act: Act, view: View) -> None:
        match act:
            case "rename":
                await self._rename(view)
            case "letter":
                await self._give_letter(view)
            case "delete":
                await self._delete(view)
            case _:
                shared = act == "share"
                await self._change(
                    view,
                    lambda desk: desk.views.share(view.name, shared),
                    "shared_now" if shared else "unshared",
                )

    async def _rename(self, view: View) -> None:
        def typed(text: str) -> Choice[str]:
            return Choice(text.strip(), t("inbox.view.renaming", name=text.strip()))

        name = await self._inbox.app.push_screen_wait(
            Picker(
                t("inbox.view.rename.ask", name=safe_line(view.name)),
                [],
                hint=t("inbox.view.rename.hint"),
                typed=typed,
                digits=False,
                query=view.name,
            )
        )
        if name is not None and name != view.name:
            await self._change(view, lambda desk: desk.views.rename(view.name, name), "renamed")

    async def _give_letter(self, view: View) -> None:
        free = [Choice(letter, letter) for letter in "bcdefghijklmnopqrstuvwxyza" if self._is_free(letter)]
        none = Choice("", t("inbox.view.letter.none"), also=("none", "-"))
        letter = await self._inbox.app.push_screen_wait(
            Picker(
                t("inbox.view.letter.ask", name=safe_line(view.name)),
                [*free, none],
                hint=t("inbox.view.letter.hint"),
                digits=False,
            )
        )
        if letter is None:
            return
        inbox = self._inbox
        done = await inbox.tried(lambda desk: desk.views.give_letter(view.name, letter))
        if done is None:
            return
        saved, taken_from = done
        words = t(
            "inbox.view.lettered" if letter else "inbox.view.unlettered", name=saved.name, letter=letter
        )
        if taken_from is not None:
            words = t("inbox.view.letter.taken", name=saved.name, letter=letter, other=taken_from.name)
        self._did(ViewUndo(view, saved), words)

    def _is_free(self, letter: str) -> bool:
        """Whether a letter means nothing else after ``g`` with the keys in force."""
        from maildesk.domain.view import TAKEN

        return letter not in TAKEN and self._inbox.host.keymap.action("goto", letter) is None

    async def _delete(self, view: View) -> None:
        if view.shared and not await self._inbox.app.push_screen_wait(
            Confirm(t("confirm.view.delete", name=safe_line(view.name)), t("confirm.view.delete.line"))
        ):
            return
        inbox = self._inbox
        gone = await inbox.tried(lambda desk: desk.views.delete(view.name))
        if gone is not None:
            self._did(ViewUndo(gone, None), t("inbox.view.deleted", name=gone.name))

    async def _change(self, view: View, act: Callable[[Desk], View], said: str) -> None:
        now = await self._inbox.tried(act)
        if now is not None:
            self._did(ViewUndo(view, now), t(f"inbox.view.{said}", name=now.name))

    def _did(self, undo: ViewUndo, words: str) -> None:
        """Say what was done, and let undo take it back where the view is one's own."""
        host = self._inbox.host
        view = undo.was or undo.now
        if view is not None and view.own:
            host.undoing.remember(undo)
            words = f"{words} {t('inbox.view.undo', key=host.keymap.shown('app.undo'))}"
        elif view is not None:
            words = f"{words} ({colleague(view.owner)})"
        host.say(safe_line(words))


class ViewActs(DeskScreen[None]):
    """The actions of saved views, of the inbox."""

    views: SavedViews

    @work(exclusive=True, group="pick")
    async def choose_view(self) -> None:
        """Choose a saved view and show it."""
        await self.views.choose()

    @work(exclusive=True, group="pick")
    async def open_view(self, letter: str) -> None:
        """Show the view that a letter opens."""
        await self.views.open(letter)

    @work(exclusive=True, group="pick")
    async def action_view_save(self) -> None:
        """Save what is shown as a view."""
        await self.views.save()

    @work(exclusive=True, group="pick")
    async def action_view_rename(self) -> None:
        """Give a view another name."""
        await self.views.ask("rename")

    @work(exclusive=True, group="pick")
    async def action_view_letter(self) -> None:
        """Give a view a letter that opens it."""
        await self.views.ask("letter")

    @work(exclusive=True, group="pick")
    async def action_view_share(self) -> None:
        """Let everybody have a view."""
        await self.views.ask("share")

    @work(exclusive=True, group="pick")
    async def action_view_unshare(self) -> None:
        """Keep a view for oneself again."""
        await self.views.ask("unshare")

    @work(exclusive=True, group="pick")
    async def action_view_delete(self) -> None:
        """Remove a view."""
        await self.views.ask("delete")
