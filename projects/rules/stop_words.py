"""Words that say nothing of a ticket's subject, in English and Spanish, folded as `consumer.answer.words` folds."""

from consumer.answer.words import words

_ENGLISH = """
a about above after again against all also although always am an and another any anybody anyone anything anyway are
arent around as ask asked asking at away be became because become been before began being below between both but by
came can cannot cant come comes coming could couldnt currently did didnt do does doesnt doing done dont down during
each either else even ever every everybody everyone everything few find first for found from further gave get gets
getting give given gives giving go goes going gone gonna good got had hadnt happen happened happening happens has
hasnt have havent having he help helped helping her here hers herself hes hi him himself his how however i id if ill
im in instead into is isnt issue issues it its itself ive just keep keeps kept kind kindly knew know known last least
left less let lets like little long look looking lot made make makes making many may maybe me mean might mine more
most much must my myself near need needed needs neither never new next no nobody none nor not nothing now of off often
okay old on once one ones only onto or other others ought our ours ourselves out over own perhaps please possible
possibly probably problem problems put question questions quite rather really right said same saw say says second see
seem seemed seems seen several shall she should shouldnt show since so some somebody someone something sometimes soon
still such sure take taken takes taking tell than thank that thats the their theirs them themselves then there
therefore theres these they thing things think third this those though thought three through till time times to today
together told tomorrow too took toward tried tries try trying two under unfortunately until up upon us use used uses
using very via want wanted wants was wasnt way we well went were werent what whatever whats when whenever where
wherever whether which while who whole whom whose why will wish with within without wont would wouldnt yes yesterday
yet you your youre yours yourself
"""
_SPANISH = """
a acerca además ahí ahora al algo alguien algún alguna algunas alguno algunos allá allí ambos ante antes aparece aquel
aquella aquellas aquello aquellos aquí así asunto aun aún aunque ayer ayuda ayudar ayuden ayudenme ayúdame bajo
bastante bien buen buena buenas bueno buenos cada casi caso como cómo con consulta contra creo cual cuál cuales
cualquier cuando cuándo cuanto cuánto cuya cuyo da dan dar de deben debe debería debido decir dejar deja del demás
dentro desde después dice dicen dicho dijo donde dónde dos durante e el él ella ellas ello ellos embargo en encima
encuentro encontrar entonces entre era eran eres es esa esas ese eso esos esta está estaba estado están estar estas
este esté esto estos estoy estuve favor fin forma fue fueron gustaría ha había habían haber hace hacen hacer hacia
haciendo hago han hasta hay haya he hecho hemos hice hicieron hizo hola hoy igual incluso información intenta
intentado intentar intento ir jamás junto la lado las le les llama llamo lo los luego mañana manera más mas me mejor
menos mi mí mía mientras mío mis misma mismas mismo mismos modo mucha muchas mucho muchos muy nada nadie necesita
necesito necesitamos ni ningún ninguna ninguno no nos nosotros nuestra nuestras nuestro nuestros nueva nuevo nunca o
ocurre os otra otras otro otros para parece parte pasa pasado pasó pero poca poco pocos poder podéis podemos podría
podrían podrías porque por pregunta primer primera primero problema problemas propio pude puede pueden puedes puedo
pues que qué quedar quedo quería queremos quien quién quienes quiere quieren quiero quisiera realmente recién saber
sabe sabéis sale se sea sean según segunda segundo seguir ser será si sí sido siempre siendo sigue sigo siguiente sin
sino sobre sois sola solo sólo somos son soy su sus suya suyo tal tales también tampoco tan tanta tanto tenemos tener
tengo tenía tercera tercero tiempo tiene tienen tienes toda todas todavía todo todos tras trata tratar través tres tu
tú tus tuve última último un una unas uno unos usted ustedes va vais vamos van varias varios veces veo ver vez voy
vosotros vuestra vuestro y ya yo
"""
_COURTESIES = """
hi hello hey dear greetings good morning afternoon evening thank thanks thankful regards sincerely cheers best kind
faithfully welcome sorry please appreciate appreciated sir madam mr mrs ms miss team support everyone guys hola buenas
buenos días dias tardes noches saludos saludo gracias cordial cordiales cordialmente atentamente estimado estimada
estimados estimadas muchas señor señora señores señorita sr sra srta don doña equipo soporte disculpe disculpen
disculpa perdón perdone perdonen ruego rogamos agradezco agradecería espero quedo respuesta abrazo
"""
_CALENDAR = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december day days week weeks month months year years hour hours minute minutes lunes martes miércoles
jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre
diciembre día días semana semanas mes meses año años hora horas minuto minutos
"""

STOP_WORDS = frozenset(words(_ENGLISH) + words(_SPANISH) + words(_COURTESIES) + words(_CALENDAR))
"""Words that are no keyword, and no part of one unless they are in NEGATIONS or PARTICLES."""

NEGATIONS = frozenset(words("no not cannot can't don't doesn't didn't won't without never sin nunca"))
"""Words that change the meaning of the next one: `no llega`."""

PARTICLES = frozenset(words("in out up off back"))
"""Words that change the meaning of the one before: `log in`."""

BEFORE_NAMES = frozenset(
    words(
        "hi hello hey dear thanks regards cheers sincerely mr mrs ms miss sir madam hola gracias saludos atentamente "
        "estimado estimada querido querida don doña sr sra srta señor señora soy llamo"
    )
)
"""Words that a name often follows."""
