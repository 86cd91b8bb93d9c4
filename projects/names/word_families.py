"""Words of customers for what help desks often have a category for, in Spanish and English.

A category whose name holds one word of a family gets the others too, in both languages: who names it Facturación means
what customers call a charge, a receipt or an invoice.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from consumer.answer.words import words


class Family(NamedTuple):
    """Words of one subject.

    Attributes:
        names: what a category of this subject is called, folded.
        phrases: what customers say, by language, folded.
    """

    names: frozenset[str]
    phrases: Mapping[str, tuple[str, ...]]


def _family(names: str, spanish: str, english: str) -> Family:
    phrases = {
        language: tuple(" ".join(words(phrase)) for phrase in text.split(","))
        for language, text in (("es", spanish), ("en", english))
    }
    return Family(frozenset(words(names)), phrases)


FAMILIES = (
    _family(
        "facturación factura facturas pago pagos cobro cobros recibos billing invoice invoices payment payments",
        "factura,facturas,recibo,cobro,cobros,cobrado,cobraron,cargo,cargos,pago,pagos,pagar,pagado",
        "invoice,invoices,bill,billed,charge,charges,charged,payment,payments,pay,paid,receipt",
    ),
    _family(
        "envío envíos entrega entregas logística shipping shipment shipments delivery deliveries",
        "envío,envíos,enviado,entrega,entregas,paquete,paquetes,repartidor,transportista,seguimiento,no llega",
        "shipping,shipment,shipped,delivery,deliver,delivered,parcel,package,courier,tracking",
    ),
    _family(
        "devolución devoluciones return returns",
        "devolución,devoluciones,devolver,devolví,devuelto,quiero devolver",
        "return,returns,returned,returning,send back",
    ),
    _family(
        "reembolso reembolsos refund refunds",
        "reembolso,reembolsos,reembolsar,reembolsado,mi dinero",
        "refund,refunds,refunded,money back",
    ),
    _family(
        "cuenta cuentas acceso contraseña account accounts access login password",
        "cuenta,acceso,contraseña,usuario,iniciar sesión,no puedo entrar,mi perfil",
        "account,password,login,log in,sign in,username,my profile",
    ),
    _family(
        "defectuoso defectuosos defecto defectos avería averías roto rotos garantía defective defect faulty warranty",
        "defecto,defectuoso,defectuosa,roto,rota,rotos,avería,averiado,dañado,garantía,no funciona",
        "defect,defective,faulty,broken,damaged,warranty,does not work,doesn't work",
    ),
    _family(
        "promoción promociones cupón cupones descuento descuentos ofertas promotions coupon coupons discounts",
        "cupón,cupones,descuento,descuentos,promoción,promociones,código de descuento",
        "coupon,coupons,discount,discounts,voucher,promo,promo code",
    ),
    _family(
        "talla tallas cambio cambios size sizes exchange exchanges",
        "talla,tallas,me queda,otra talla",
        "size,sizes,exchange,swap,too small,too big",
    ),
    _family(
        "disponibilidad stock existencias availability",
        "stock,disponible,disponibles,agotado,agotada,existencias,queda en",
        "stock,in stock,available,sold out,restock",
    ),
    _family(
        "cancelación cancelaciones baja bajas cancellation cancellations",
        "cancelar,cancelación,cancelado,darme de baja",
        "cancel,cancellation,cancelled,canceled,unsubscribe",
    ),
)
"""The subjects that exports of help desks have most often."""


def relatives(name: Iterable[str], language: str) -> list[str]:
    """The phrases of every family that one of these words belongs to, in a language."""
    held = set(name)
    return [phrase for family in FAMILIES if family.names & held for phrase in family.phrases[language]]
