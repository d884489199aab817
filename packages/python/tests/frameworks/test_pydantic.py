import enum
import json
from typing import Annotated, Dict, List, Literal, Optional, Union

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    computed_field,
    field_serializer,
    field_validator,
)
from trading_topic import ContractError, TopicError, TopicRoute, build_topic, build_topic_params


class Side(str, enum.Enum):
    BUY = "buy"


class Leg(BaseModel):
    symbol: str
    ratio: StrictInt


class Order(BaseModel):
    account_id: str = Field(alias="accountId", pattern="^[A-Z]+$")
    symbol: Optional[str]
    side: Side
    legs: List[Leg]


ORDER = Order(accountId="A", symbol=None, side="buy", legs=[{"symbol": "\u00e9", "ratio": 2}])
TEXT = '{"accountId":"A","legs":[{"ratio":2,"symbol":"\\u00e9"}],"side":"buy","symbol":""}'
ORDERS = TopicRoute("orders", Order)


def test_builds_the_topic_of_a_model_with_aliases_and_enums():
    assert build_topic_params(ORDER) == TEXT
    assert build_topic("orders", ORDER) == ORDERS.topic(ORDER) == f"orders:{TEXT}"


@pytest.mark.parametrize("mode", ["python", "json"])
def test_accepts_the_dump_of_a_model(mode):
    assert ORDERS.topic(ORDER.model_dump(mode=mode, by_alias=True)) == f"orders:{TEXT}"


def test_refuses_dumps_that_make_another_topic():
    with pytest.raises(TopicError, match=r"'account_id' for 'accountId': use model_dump\(by_alias=True\)"):
        ORDERS.topic(ORDER.model_dump())
    with pytest.raises(TopicError, match="no 'symbol': dump the model without exclude, exclude_none"):
        ORDERS.topic(ORDER.model_dump(by_alias=True, exclude_none=True))
    with pytest.raises(TopicError, match=r'is an enum member: .*mode="json"'):
        build_topic_params(ORDER.model_dump())


def test_parses_the_payload_of_a_request_without_converting_values():
    payload = json.loads(TEXT)
    assert ORDERS.parse({**payload, "unknown": 1}) == ORDER
    assert ORDERS.parse({**payload, "symbol": ""}).symbol is None
    for change in ({"legs": [{"symbol": "a", "ratio": "2"}]}, {"accountId": "a"}, {"side": "hold"}, {"symbol": 1}):
        with pytest.raises(TopicError) as caught:
            ORDERS.parse({**payload, **change})
        assert caught.value.code == "invalid_params"
    # Converted, these would be the topic of another subscription.
    with pytest.raises(TopicError, match="/legs/0/ratio .* is float, not int"):
        ORDERS.parse({**payload, "legs": [{"symbol": "a", "ratio": 2.0}]})


def test_strict_models_and_constraints_are_allowed():
    class Params(BaseModel):
        model_config = ConfigDict(strict=True)
        depth: int = Field(ge=1)
        live: bool

    class Others(BaseModel):
        depth: Annotated[int, Field(strict=True)]
        depths: List[StrictInt]
        symbol: Annotated[str, StringConstraints(min_length=1)]

    assert TopicRoute("a", Params).topic(Params(depth=1, live=True)) == 'a:{"depth":1,"live":true}'
    TopicRoute("b", Others)


def refusal(**fields):
    """Returns the problems of a model with these annotations and values, by path."""
    annotations = {name: value[0] if isinstance(value, tuple) else value for name, value in fields.items()}
    values = {name: value[1] for name, value in fields.items() if isinstance(value, tuple)}
    model = type("Params", (BaseModel,), {"__annotations__": annotations, "__module__": __name__, **values})
    with pytest.raises(ContractError) as caught:
        TopicRoute("bad", model)
    return dict(caught.value.violations)


def test_refuses_fields_that_can_make_two_topics():
    problems = refusal(
        default=(Optional[str], None),
        factory=(List[str], Field(default_factory=list)),
        excluded=(str, Field(exclude=True)),
        renamed=(str, Field(validation_alias="other")),
        number=float,
        depth=int,
        live=bool,
        depths=List[int],
        either=Union[int, str],
        names=Dict[str, str],
        blank=Optional[Literal["", "x"]],
        lowered=Annotated[str, AfterValidator(str.lower)],
        stripped=Annotated[str, StringConstraints(strip_whitespace=True)],
    )
    expected = {
        "/default": "is optional",
        "/factory": "is optional",
        "/excluded": "is excluded from dumps",
        "/renamed": "is 'other' in requests, but 'renamed' when dumped",
        "/number": "is a float: use str",
        "/depth": 'accepts "5" for 5: use Annotated[int, Field(strict=True)]',
        "/live": 'accepts "yes" for true',
        "/depths/0": 'accepts "5" for 5',
        "/either": "the only allowed union is one with None",
        "/names": "use str, int, bool",
        "/blank": 'is nullable and allows ""',
        "/lowered": "has a AfterValidator",
        "/stripped": "has strip_whitespace",
    }
    assert set(problems) == set(expected)
    for path, problem in expected.items():
        assert problem in problems[path]


def test_refuses_models_that_change_values_or_keys():
    class Params(BaseModel):
        model_config = ConfigDict(extra="allow", str_to_upper=True)
        symbol: str

        @field_validator("symbol")
        @classmethod
        def upper(cls, symbol):
            return symbol.upper()

        @field_serializer("symbol")
        def lower(self, symbol):
            return symbol.lower()

        @computed_field
        @property
        def length(self) -> int:
            return len(self.symbol)

    class Outer(BaseModel):
        inner: Params

    with pytest.raises(ContractError) as caught:
        TopicRoute("bad", Outer)
    problems = [problem for path, problem in caught.value.violations if path == "/inner"]
    for found in ('extra="allow"', "str_to_upper", "upper()", "lower()", "length()"):
        assert any(found in problem for problem in problems), found
    assert len(problems) == 5
