"""The people who act: who they are, what role they have, and the one real person of local mode."""

import getpass
import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from workbench import audit, db
from workbench.errors import InvalidInput, NotAllowed, NotFound
from workbench.models import Operator
from workbench.permissions import ROLES, Actor, Role, Via, require


def local() -> Operator:
    """The person of local mode, made when missing: whoever runs Loupe on this machine."""
    with db.transaction() as tx:
        query = select(Operator).where(col(Operator.is_local))
        if found := tx.exec(query).first():
            return found
        try:
            login = getpass.getuser()
        except (KeyError, OSError):  # a container's user may have no name
            login = "me"
        email = "".join(c for c in login.lower() if c.isalnum() or c in "._-") + "@localhost"
        values = {"email": email, "name": login.capitalize(), "role": "admin", "is_local": True}
        tx.execute(insert(Operator).values(**values).on_conflict_do_nothing())
        return tx.exec(query).one()


def local_actor(via: Via, acting_as: Role | None = None) -> Actor:
    """The local person with all roles, or with the role they act as; the person, who owns the machine, stays admin."""
    person = local()
    roles = frozenset(ROLES) if acting_as is None else frozenset({acting_as, "admin"})
    return Actor(person.id, person.email, person.name, roles, via)


def actor(email: str, via: Via) -> Actor:
    """The active operator with that address, with the role the database gives right now."""
    with db.transaction() as tx:
        person = find(tx, email)
    if not person.active:
        raise NotAllowed(f"{person.email} is no longer active. An admin can add the address again.")
    roles = frozenset(ROLES) if person.is_local else frozenset(role for role in ROLES if role == person.role)
    return Actor(person.id, person.email, person.name, roles, via)


def find(tx: Session, email: str) -> Operator:
    """The operator with that address."""
    person = tx.exec(select(Operator).where(Operator.email == email.strip().lower())).first()
    if person is None:
        raise NotFound(f"Nobody here has the address {email}. `operators add {email} --role designer` adds them.")
    return person


def add(who: Actor, email: str, role: str, *, name: str = "") -> Operator:
    """Add a person, or give one who is here another role or name; active from now on."""
    require(who, "operator:change")
    email = email.strip().lower()
    if role not in ROLES:
        raise InvalidInput(f"“{role}” is not a role. Choose one of {', '.join(ROLES)}.")
    if email.count("@") != 1 or not all(email.split("@")) or any(c.isspace() for c in email):
        raise InvalidInput(f"“{email}” is not an email address.")
    with db.transaction() as tx:
        person = tx.exec(select(Operator).where(Operator.email == email).with_for_update()).first()
        if person is not None and person.is_local:
            raise NotAllowed("The local person holds every role; theirs can't be changed.")
        person = person or Operator(email=email, role=role, name="")
        person.role, person.active = role, True
        person.name = name or person.name or email.split("@")[0].replace(".", " ").title()
        tx.add(person)
        tx.flush()
        audit.record(tx, who, "operator:add", email, role=role)
        return person


def deactivate(who: Actor, email: str) -> Operator:
    """The person can't act any more; what they did stays theirs."""
    require(who, "operator:change")
    with db.transaction() as tx:
        person = find(tx, email)
        if person.is_local:
            raise NotAllowed("The local person can't be deactivated: nobody could use Loupe on this machine.")
        person.active = False
        tx.add(person)
        audit.record(tx, who, "operator:deactivate", person.email)
        return person


def everybody(tx: Session, *, after: str | None = None, limit: int = 200) -> Sequence[Operator]:
    """Everybody by address, `limit` of them after the address `after`."""
    query = select(Operator).order_by(col(Operator.email)).limit(limit)
    return tx.exec(query.where(col(Operator.email) > after) if after else query).all()


def people(tx: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Operator]:
    """The operators with these ids; one statement, each row read once however often it is named."""
    return {person.id: person for person in tx.exec(select(Operator).where(col(Operator.id).in_(set(ids)))).all()}


def four_eyes(tx: Session) -> bool:
    """Whether nobody may approve their own work."""
    return bool(tx.scalar(sa.text("select four_eyes from workspace")))
