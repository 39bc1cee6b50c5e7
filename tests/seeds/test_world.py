"""The invented world fits together, and its numbers pass the official checks."""

from datetime import date

from stdnum import iban
from stdnum.si import ddv, maticna

from seeds.demo.demand import load_world, meals_per_day
from seeds.demo.tables import REFERENCE, rows

WORLD = load_world()
TODAY = date(2026, 11, 30)


def test_kranjs_joint_purchase_has_twelve_institutions_and_the_kindergarten_sixteen_doors() -> None:
    assert len(WORLD.kitchens("052")) == 12
    assert len(WORLD.institutions["KV"].points) == 16
    assert len(WORLD.kitchens("122")) == 3
    assert len(WORLD.kitchens("131")) == 2


def test_the_schools_cook_about_ten_thousand_meals_a_day() -> None:
    pupils = frozenset({"6-11", "11-15", "15-19"})
    schools = [one for one in WORLD.kitchens("052") if one.kind != "kindergarten"]
    assert 9_500 <= sum(meals_per_day(WORLD, one, pupils) for one in schools) <= 10_600


def test_tax_and_registration_numbers_and_ibans_are_valid_and_unique() -> None:
    owners = [*WORLD.institutions.values(), *WORLD.producers.values()]
    taxes = [one.tax_number for one in owners]
    assert len(set(taxes)) == len(taxes)
    for one in owners:
        assert ddv.is_valid(one.tax_number), one.code
        assert one.tax_number.startswith("9")
        assert one.registration_number is None or maticna.is_valid(one.registration_number)
    for producer in WORLD.producers.values():
        assert iban.is_valid(producer.iban), producer.code
        assert producer.iban.startswith("SI5699")


def test_about_forty_farms_and_two_cooperatives_of_eight_to_fourteen() -> None:
    cooperatives = [one for one in WORLD.producers.values() if one.kind == "cooperative"]
    assert [8 <= len(one.farms) <= 14 for one in cooperatives] == [True, True]
    assert 38 <= len(WORLD.producers) - 2 <= 44
    assert {one.tax_type for one in WORLD.producers.values()} == {"vat_payer", "flat_rate", "exempt"}
    assert sum(1 for one in WORLD.producers.values() if one.email is None) >= 2


def test_every_farm_has_a_holding_number_of_nine_digits_and_lies_in_a_known_municipality() -> None:
    municipalities = {row["code"] for row in rows(REFERENCE / "municipalities.tsv")}
    farms = [farm for producer in WORLD.producers.values() for farm in producer.farms]
    assert len({farm.kmg_mid for farm in farms}) == len(farms)
    for farm in farms:
        assert farm.kmg_mid.startswith("100")
        assert len(farm.kmg_mid) == 9
        assert farm.municipality in municipalities


def test_every_product_fits_its_food_type_farm_and_certificates() -> None:
    for product in WORLD.products.values():
        producer = WORLD.producers[product.producer]
        assert product.food_type in WORLD.food_types, product.code
        assert product.farm in {farm.code for farm in producer.farms}, product.code
        assert set(product.certificates) <= {one.code for one in producer.certificates}, product.code
        assert product.order_step > 0, product.code
        assert product.pack is None or product.pack % product.order_step == 0, product.code
        assert product.weekly_quantity % product.order_step == 0, product.code
        assert product.minimum_quantity % product.order_step == 0, product.code
        assert product.stock_kind in {"unlimited", "reserve", "share"}, product.code


def test_every_food_type_is_sold_by_somebody() -> None:
    assert {product.food_type for product in WORLD.products.values()} == WORLD.food_types.keys()


def test_flat_rate_farmers_hold_the_permit() -> None:
    for producer in WORLD.producers.values():
        holds = any(permit.kind == "flat_rate" for permit in producer.permits)
        assert holds == (producer.tax_type == "flat_rate"), producer.code


def test_certificates_follow_each_other_and_some_end_soon_or_are_over() -> None:
    schemes = {row["code"] for row in rows(REFERENCE / "certificate_schemes.tsv")}
    certificates = [one for producer in WORLD.producers.values() for one in producer.certificates]
    assert {one.scheme for one in certificates} <= schemes
    first, second, third = certificates[0].issued(TODAY)
    assert (second.valid_from - first.valid_to).days == 1
    assert (third.valid_from - second.valid_to).days == 1
    assert any(one.ends_in_days < 0 for one in certificates)
    assert sum(1 for one in certificates if 0 <= one.ends_in_days <= 30) >= 3
    organic = {one.producer for one in certificates if one.scheme == "organic"}
    assert len(organic) * 4 >= len(WORLD.producers)


def test_persons_hold_roles_in_organisations_that_exist() -> None:
    places = {
        "kitchen_manager": WORLD.institutions,
        "approver": WORLD.institutions,
        "accountant": WORLD.institutions,
        "producer": WORLD.producers,
        "coordinator": WORLD.municipalities,
        "auditor": WORLD.municipalities,
        "administrator": {"*"},
    }
    emails = [person.email for person in WORLD.persons]
    assert len(set(emails)) == len(emails)
    for person in WORLD.persons:
        assert person.email.endswith("@demo.example")
        assert all(grant.scope in places[grant.role] for grant in person.grants)
    featured = {grant.role for person in WORLD.persons if person.featured for grant in person.grants}
    assert featured == places.keys()
    assert any(len(person.grants) > 2 for person in WORLD.persons)


def test_every_institution_has_a_kitchen_manager() -> None:
    managed = {
        grant.scope for person in WORLD.persons for grant in person.grants if grant.role == "kitchen_manager"
    }
    assert managed == WORLD.institutions.keys()


def test_menus_cover_five_weeks_and_know_their_dishes() -> None:
    assert WORLD.menu.keys() == {(week, day) for week in range(5) for day in range(5)}
    assert {dish for courses in WORLD.menu.values() for dish in courses.values()} <= WORLD.dishes.keys()
    foods = {code for dish in WORLD.dishes.values() for part in dish for code in part.alternatives}
    assert foods <= WORLD.food_types.keys()
