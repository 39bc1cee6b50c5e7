"""In: what coordinators sign and enter; applications of producers; what institutions buy elsewhere.
Out: the lots, prices and ceilings that ordering reads, and the use of them that it writes.
Frozen when: amendments and published criteria at once, agreed prices and documents too, but for a draft’s;
an agreement in force changes by amendments only.
"""

from foodorder.agreements.models.agreements import (
    AgreedPrice,
    Agreement,
    AgreementDocument,
    AgreementLot,
    Amendment,
    ApplicationDocument,
    LotApplication,
    LotSupplier,
    PriceImport,
    agreement_institution,
    lot_food_type,
)
from foodorder.agreements.models.use import (
    Ceiling,
    Criteria,
    PurchaseElsewhere,
    SubjectKind,
    SubjectKindPast,
    WeeklyNeed,
    subject_kind_food,
)

__all__ = [
    "AgreedPrice",
    "Agreement",
    "AgreementDocument",
    "AgreementLot",
    "Amendment",
    "ApplicationDocument",
    "Ceiling",
    "Criteria",
    "LotApplication",
    "LotSupplier",
    "PriceImport",
    "PurchaseElsewhere",
    "SubjectKind",
    "SubjectKindPast",
    "WeeklyNeed",
    "agreement_institution",
    "lot_food_type",
    "subject_kind_food",
]
