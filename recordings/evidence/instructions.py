"""VERIFY.txt: how somebody without any of our software checks a package, with commands of tools that people have.

The commands are run by our tests as they stand here, out of the package, in a shell.
"""

from collections.abc import Iterable

from cryptography.x509 import Certificate

from recordings.evidence.fingerprints import printed
from recordings.evidence.instructions_outside import ANCHORS, KNOWN_LOG, NEEDED, WITNESSED, Step
from recordings.evidence.jws import thumbprint

_HEAD = """\
COMO COMPROBAR ESTE PAQUETE SIN NUESTRO PROGRAMA  /  HOW TO VERIFY THIS PACKAGE WITHOUT OUR SOFTWARE

Es un archivo ZIP (ASiC-E, ETSI EN 319 162). Descomprímalo en una carpeta nueva y ejecute las órdenes en ella; hacen
falta OpenSSL 3 y un intérprete de órdenes. Que un certificado haya caducado desde entonces no importa: cuenta el día
del sello de tiempo. De lo que no lo tiene, y cuyo certificado ya caducó, no se puede decir si entonces era válido.
Si una orden falla, lo que dice encima de ella no se sostiene.
Las raíces que vienen aquí son {fingerprints};
impresas aquí no demuestran nada.

It is a ZIP file (ASiC-E, ETSI EN 319 162). Unpack it into a fresh folder and run the commands there; you need OpenSSL 3
and a shell. That a certificate has run out since does not matter: the day of the time stamp counts. Of what has none,
and whose certificate has run out, nobody can say whether it was valid then.
If a command fails, what is said above it does not hold.
The roots that come with it have the fingerprints above; as printed here they prove nothing.
"""
_STEPS: tuple[Step, ...] = (
    (
        "La institución selló el índice del paquete.",
        "The institution sealed the package's manifest.",
        """\
openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s \\
  -content META-INF/ASiCManifest001.xml -CAfile certs/root.pem -no-CApath -no-CAstore -purpose any \\
  -no_check_time -out /dev/null""",
    ),
    (
        "Cada archivo es el que dice el índice (SHA-512).",
        "Every file is the one in the manifest (SHA-512).",
        """\
sed -n 's/.*ObjectReference URI="\\([^"]*\\)".*<ds:DigestValue>\\([^<]*\\)<.*/\\1 \\2/p' META-INF/ASiCManifest001.xml |
while read -r file digest; do
  test "$(openssl dgst -sha512 -binary "$file" | openssl base64 -A)" = "$digest" || { echo "$file"; exit 1; }
done""",
    ),
    (
        "No hay ningún archivo que no esté en el índice (haga esto antes de seguir, en una carpeta nueva).",
        "There is no file that is not in the manifest (do this before you go on, in a fresh folder).",
        """\
find . -type f ! -path ./mimetype ! -path ./META-INF/ASiCManifest001.xml ! -path ./META-INF/signature001.p7s |
sed 's|^\\./||' | while IFS= read -r file; do
  grep -qF "URI=\\"$file\\"" META-INF/ASiCManifest001.xml || { echo "$file"; exit 1; }
done""",
    ),
    ANCHORS,
    (
        "El vCon (quién, cuándo, qué se leyó y qué se contestó) es el que se firmó.",
        "The vCon (who, when, what was read and answered) is the one that was signed.",
        """\
field() { grep -o "\\"$1\\":\\"[^\\"]*\\"" recording.vcon.jws | head -1 | cut -d'"' -f4; }
decoded() { tr -- '-_' '+/' | awk '{ while (length($0) % 4) $0 = $0 "="; print }' | openssl base64 -d -A; }
printf '%s.%s' "$(field protected)" "$(field payload)" > signed.txt
field signature | decoded > signature.bin
openssl x509 -in certs/seal.pem -noout -pubkey > seal.pub
openssl dgst -sha256 -verify seal.pub -signature signature.bin signed.txt
openssl verify -no_check_time -CAfile certs/root.pem -no-CApath -no-CAstore -untrusted certs/chain.pem \\
  certs/seal.pem""",
    ),
    (
        "El certificado es el que la firma nombra (x5t#S256).",
        "The certificate is the one that the signature names (x5t#S256).",
        """\
field protected | decoded | grep -q "\\"x5t#S256\\":\\"$(openssl x509 -in certs/seal.pem -outform DER |
  openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')\\"" """,
    ),
)
_RECORDING = (
    """\
La grabación es la que el vCon nombra, hasta el último byte; y qué le falta (`flaw`), si le falta algo. Si el vCon no
   nombra ninguna, no la hay: nada de esta llamada se puede oír.""",
    """\
The recording is the one that the vCon names, to the last byte; and what is wrong with it (`flaw`), if anything. When
   the vCon names none there is none: nothing of this call can be heard.""",
    """\
field payload | decoded > vcon.json
grep -o '"flaw":"[a-z]*"' vcon.json
recording=$(grep -o '"filename":"[^"]*"' vcon.json | head -1 | cut -d'"' -f4)
test "$(ls recording.wav recording.jsonl 2> /dev/null)" = "$recording"
if [ -z "$recording" ]; then
  echo 'SIN GRABACIÓN / WITHOUT A RECORDING'
  if grep -q '"content_hash"' vcon.json; then exit 1; fi
else
  grep -q "\\"content_hash\\":\\"sha512-$(openssl dgst -sha512 -binary "$recording" |
    openssl base64 -A | tr '+/' '-_' | tr -d '=')\\"" vcon.json
fi""",
)
_LENGTH = (
    """\
La grabación dura lo que dice el vCon (`duration`, en segundos; 32 bytes son un milisegundo). De la que dura más de diez
   segundos se anota su huella mientras se graba (`chunk_chain`); si falta, el paquete se sostiene CON RESERVAS.""",
    """\
The recording plays as long as the vCon says (`duration`, in seconds; 32 bytes are a millisecond). Of one of more than
   ten seconds a hash is noted while it is made (`chunk_chain`); without it the package holds WITH RESERVATIONS.""",
    """\
if [ "$recording" = recording.wav ]; then
  plays=$((($(wc -c < recording.wav) - 44) / 32))
  seconds=$(grep -o '"duration":[0-9.]*' vcon.json | head -1 | cut -d: -f2)
  test "$(awk -v s="$seconds" 'BEGIN { printf "%.0f", s * 1000 }')" = "$plays"
  if [ "$plays" -gt 10000 ] && ! grep -q '"chunk_chain":{' vcon.json; then
    echo 'CON RESERVAS / WITH RESERVATIONS: chunk_chain'
  fi
fi""",
)
_STAMP = (
    """\
Una autoridad tuvo el vCon ante sí: el sello de tiempo debe caer en los días del certificado, que siguen. Si se renovó
   antes de caducar, cada renovación vale por todo lo anterior.""",
    """\
An authority had the vCon before it: the time stamp must lie in the certificate's days, which follow. If it was renewed
   before it ran out, each renewal stands for all that was before.""",
    """\
if [ -e recording.vcon.jws.tsr ]; then
openssl ts -verify -data recording.vcon.jws -in recording.vcon.jws.tsr -CAfile certs/authority-root.pem \\
  -untrusted certs/authority.pem -no_check_time
openssl ts -reply -in recording.vcon.jws.tsr -text | grep 'Time stamp'
openssl x509 -in certs/seal.pem -noout -dates
cat recording.vcon.jws recording.vcon.jws.tsr > renewed.bin; number=1
while [ -e "recording.vcon.jws.tsr.$number" ]; do
  openssl ts -verify -data renewed.bin -in "recording.vcon.jws.tsr.$number" -CAfile certs/authority-root.pem \\
    -untrusted certs/authority.pem -no_check_time
  cat "recording.vcon.jws.tsr.$number" >> renewed.bin; number=$((number + 1))
done
fi""",
)
_TIMES = (
    """\
El sello de tiempo es de poco después del final que dice el vCon (`start` más `call_ms`, en milésimas de segundo). Si
   es de más de diez minutos después, o hay un LATE.txt, o `call_ms` dice claramente más que `duration` (lo que dura la
   grabación, en segundos), el paquete se sostiene CON RESERVAS: no demuestra ninguna hora anterior a la del sello, y la
   llamada pudo ser más reciente de lo que dice.""",
    """\
The time stamp is of shortly after the end that the vCon gives (`start` and `call_ms`, in thousandths of a second). If
   it is of more than ten minutes after, or there is a LATE.txt, or `call_ms` says clearly more than `duration` (what
   the recording plays, in seconds), the package holds WITH RESERVATIONS: it proves no time before the stamp's own, and
   the call may be younger than it says.""",
    """\
grep -o '"start":"[^"]*","duration":[0-9.]*' vcon.json | head -1
grep -o '"call_ms":[0-9]*' vcon.json | head -1
if [ -e recording.vcon.jws.tsr ]; then openssl ts -reply -in recording.vcon.jws.tsr -text | grep 'Time stamp'; fi
if [ -e LATE.txt ]; then echo 'CON RESERVAS / WITH RESERVATIONS'; cat LATE.txt; fi""",
)
_NO_STAMP = (
    """\
Un sello de tiempo muestra cuándo se firmó el vCon. Si no lo hay, no se puede decir si el certificado era válido
   entonces (sus días siguen). Así el paquete no se sostiene: pida que lo exporten de nuevo.""",
    """\
A time stamp shows when the vCon was signed. Without one, whether the certificate was valid then cannot be said (its
   days follow). So the package does not hold: ask for it to be exported again.""",
    """\
if [ ! -e recording.vcon.jws.tsr ]; then openssl x509 -in certs/seal.pem -noout -dates; false; fi""",
)
_PROOF = (
    "El vCon está en el registro encadenado (árbol de Merkle, RFC 9162) cuya cabeza está en `checkpoint`.",
    "The vCon is in the log (Merkle tree, RFC 9162) whose head is in `checkpoint`.",
    """\
hash() { openssl dgst -sha256 -binary | od -An -v -tx1 | tr -d ' \\n'; }
bytes() { printf "$(printf '%s' "$1" | awk '{ h = "0123456789abcdef"; for (i = 1; i < length($0); i += 2)
  printf "\\\\%03o", (index(h, substr($0, i, 1)) - 1) * 16 + index(h, substr($0, i + 1, 1)) - 1 }')"; }
base() { openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n'; }
index=$(sed -n 's/^index //p' recording.tlog-proof); last=$(($(sed -n 2p checkpoint) - 1))
found=$(printf '\\0sealed %s' "$(openssl dgst -sha512 -r recording.vcon.jws | cut -d' ' -f1)" | hash)
for line in $(awk 'NR > 2 { if (!NF) exit; print }' recording.tlog-proof); do
  other=$(printf '%s' "$line" | base)
  if [ $((index % 2)) = 1 ] || [ "$index" = "$last" ]; then
    found=$( (printf '\\1'; bytes "$other$found") | hash)
    while [ $((index % 2)) = 0 ] && [ "$index" != 0 ]; do index=$((index / 2)); last=$((last / 2)); done
  else
    found=$( (printf '\\1'; bytes "$found$other") | hash)
  fi
  index=$((index / 2)); last=$((last / 2))
done
test "$last" = 0 && test "$found" = "$(sed -n 3p checkpoint | base)" """,
)
_SIGNED_HEAD = (
    "El registro firmó esa cabeza (Ed25519; compare certs/log.vkey con la clave que la institución publica).",
    "The log signed that head (Ed25519; compare certs/log.vkey with the key that the institution publishes).",
    """\
grep -F -- "— $(sed -n 1p checkpoint) " checkpoint | head -1 | cut -d' ' -f3 | openssl base64 -d -A > signed.head
id=$(head -c 4 signed.head | od -An -v -tx1 | tr -d ' \\n')
(printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
 grep -F -- "+$id+" certs/log.vkey | cut -d+ -f3- | openssl base64 -d -A | tail -c 32) > log.der
head -3 checkpoint > head.txt
tail -c 64 signed.head > head.sig
openssl pkeyutl -verify -pubin -keyform DER -inkey log.der -rawin -in head.txt -sigfile head.sig"""
    + KNOWN_LOG,
)
_HEAD_STAMP = (
    "La autoridad de sellado de tiempo tuvo también la cabeza del registro ante sí.",
    "The time stamp authority had the log's head before it, too.",
    """\
if [ -e checkpoint.tsr ]; then
openssl ts -verify -data checkpoint -in checkpoint.tsr -CAfile certs/authority-root.pem \\
  -untrusted certs/authority.pem -no_check_time
else echo 'CON RESERVAS / WITH RESERVATIONS: checkpoint.tsr'; fi""",
)
_ALL: tuple[Step, ...] = (
    *_STEPS,
    _RECORDING,
    _LENGTH,
    _STAMP,
    _TIMES,
    _PROOF,
    _SIGNED_HEAD,
    _HEAD_STAMP,
    WITNESSED,
    _NO_STAMP,  # the last, so that all else is checked and shown before it fails
)
_FOOT = """\
LO QUE NINGÚN PAQUETE PUEDE DEMOSTRAR  /  WHAT NO PACKAGE CAN PROVE

Que el registro no se reescribió entero: compare esta cabeza con una más antigua que otro haya guardado
(`ventanilla evidence log consistency ANTIGUA NUEVA`, o cualquier programa que compruebe RFC 9162).
Que no se omitió una llamada: eso lo dice la conciliación de llamadas, archivos y registro.
That the log was not rewritten as a whole: compare this head with an older one that somebody else has kept
(`ventanilla evidence log consistency OLD NEW`, or any program that checks RFC 9162).
That no call was left out: that is for the reconciliation of calls, files and log.

Otras herramientas / other tools: any JOSE library (RFC 7515, RS256) for recording.vcon.jws; golang.org/x/mod/sumdb
(note, tlog) for checkpoint and recording.tlog-proof; the entry is the line `sealed <SHA-512 of recording.vcon.jws>`.
"""


def instructions(roots: Iterable[Certificate]) -> str:
    """Write VERIFY.txt, the same for every package but for the fingerprints of the roots that lie beside it."""
    # As openssl prints them, so that they can be compared on paper.
    fingerprints = [f"SHA-256 {printed(thumbprint(root))}" for root in dict.fromkeys(roots)]
    said = [_step(number, *step) for number, step in enumerate(_ALL, start=1)]
    return "\n".join((_HEAD, NEEDED, *said, _FOOT)).replace("{fingerprints}", ",\n".join(fingerprints))


def commands(text: str) -> str:
    """Give the commands of a VERIFY.txt as a shell script that ends at the first that fails."""
    lines = (line[4:] for line in text.splitlines() if line.startswith("    "))
    return "\n".join(("set -e", *lines, ""))


def _step(number: int, spanish: str, english: str, command: str) -> str:
    indented = "\n".join(f"    {line.rstrip()}" for line in command.splitlines())
    return f"{number}. {spanish}\n   {english}\n\n{indented}\n"
