"""What calls are about, in the institution's own words: the pages ask once and after each reconnection."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError

from web.house import Asking, House

router = APIRouter()


@router.get("/subjects")
async def subjects(house: Asking) -> dict[str, object]:
    """List them in the institution's order; there is nothing in them that a caller may not know."""
    return {"subjects": [{"name": one.name, "about": dict(one.about)} for one in house.subjects()]}


def demand_known(house: House, subject: str) -> None:
    """Refuse a subject that the institution does not have, as any other wrong field. Raises RequestValidationError."""
    names = [one.name for one in house.subjects()]
    if subject not in names:
        raise RequestValidationError([_fault(names)])


def _fault(names: list[str]) -> Mapping[str, object]:
    return {
        "loc": ("body", "subject"),
        "msg": f"Choose one of: {', '.join(names)}",
        "type": "literal_error",
    }
