"""VERIFY.txt: what a stranger needs from elsewhere, for nothing in a package proves itself, and how it is compared."""

Step = tuple[str, str, str]
"""What a command shows, in Spanish and in English, and the command."""

NEEDED = """\
LO QUE HACE FALTA DE FUERA  /  WHAT YOU NEED FROM OUTSIDE

Quien falsifica un paquete falsifica también sus certificados. Consiga lo que sigue por otro camino que este paquete,
mejor por dos, y ponga los archivos en una carpeta: TRUST=/esa/carpeta hace que las órdenes los comparen. También las
órdenes: las de este archivo las pudo escribir quien falsificó el paquete. Ejecute en la carpeta del paquete las que
publica la institución, las mismas para todos los suyos:
 TRUST=/esa/carpeta sh -ec "$(sed -n 's/^    //p' /esa/carpeta/VERIFY.txt)"
 - VERIFY.txt: el que publica la institución.
 - seal-root.pem, seal.names, log.vkey, retired.json: los publica la institución (en su sede electrónica, en un boletín,
   en papel, o se los entrega ante notario o secretario). Las huellas que imprime el paso 4 se comparan por teléfono.
 - authority-root.pem: la raíz de la autoridad de sellado de tiempo, de ella misma; si es cualificada, su certificado
   está en las listas de confianza de la Unión Europea (eIDAS Dashboard, servicio «QTST»).
 - witness.vkey: la clave del testigo del registro, del testigo mismo, que no depende de la institución.
 - una cabeza del registro que otro haya guardado: el recibo que recibió el ciudadano por SMS o correo electrónico
   (referencia y comienzo de la raíz), la del testigo, o el archivo de cabezas de otro organismo.
retired.json nombra cada certificado retirado por su huella SHA-256, como la imprime `openssl x509 -fingerprint
-sha256`, también la raíz de una autoridad, y cada clave del registro por su línea de log.vkey; el número es la hora, en
segundos desde 1970. Una orden falla para lo que no tenga un sello de tiempo anterior (se admite un minuto de diferencia
entre relojes).

Who forges a package forges its certificates too. Get the following by another way than this package, better by two,
and put the files into a folder: with TRUST=/that/folder the commands compare them. The commands too: those in this file
may have been written by whoever forged the package. Run in the package's folder those that the institution publishes,
the same for all of its packages:
 TRUST=/that/folder sh -ec "$(sed -n 's/^    //p' /that/folder/VERIFY.txt)"
 - VERIFY.txt: the one that the institution publishes.
 - seal-root.pem, seal.names, log.vkey, retired.json: the institution publishes them (on its official site, in a
   bulletin, on paper, or hands them over before a notary). The fingerprints of step 4 can be compared by telephone.
 - authority-root.pem: the root of the time stamp authority, from itself; if it is a qualified one, its certificate is
   in the European Union's trusted lists (eIDAS Dashboard, service "QTST").
 - witness.vkey: the key of the log's witness, from the witness, who does not depend on the institution.
 - a head of the log that somebody else has kept: the receipt that the citizen got by SMS or e-mail (reference and
   beginning of the root), the witness's, or another body's file of heads.
retired.json names each retired certificate by its SHA-256 fingerprint, as `openssl x509 -fingerprint -sha256` prints
it, the root of an authority too, and each key of the log by its line in log.vkey; the number is the time, in seconds
since 1970. A command fails for what has no time stamp from before (a minute's difference of clocks is allowed).
"""
ANCHORS: Step = (
    """\
Los certificados son los de la institución y los de la autoridad, y no otros: compare nombre, huella y clave de cada
   uno con los que consiguió de fuera (`seal.names` dice cuáles sellan; ningún otro de la misma institución vale).""",
    """\
The certificates are the institution's and the authority's, and no others: compare name, fingerprint and key of each
   with those that you got from outside (`seal.names` says which of them seal; no other of the institution's does).""",
    """\
openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s \\
  -content META-INF/ASiCManifest001.xml -CAfile certs/root.pem -no-CApath -no-CAstore -purpose any \\
  -no_check_time -signer sealer.pem -out /dev/null
if ! openssl x509 -in sealer.pem -noout -checkend 0 > /dev/null && ! openssl cms -cmsout -print -noout -inform DER \\
  -in META-INF/signature001.p7s | grep -q timeStampToken; then
  echo 'CON RESERVAS / WITH RESERVATIONS: sealer.pem'; openssl x509 -in sealer.pem -noout -enddate
fi
rm -f root-*.pem stamper-*.pem authority-root-*.pem known-root-*.pem known-authority-root-*.pem
each() { awk -v to="$2" '/BEGIN CERT/ { n++ } n { print > (to "-" n ".pem") }' "$1"; }
prints() { openssl x509 -in "$1" -noout -fingerprint -sha256 | cut -d= -f2; }
moment() {
  [ ! -e "$1" ] || openssl ts -reply -in "$1" -text | sed -n 's/^Time stamp: *//p' | awk '{ split($3, t, ":")
    m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3; y = $4 - (m < 3); m = (m + 9) % 12
    d = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m + 2) / 5) + $2 - 719469
    printf "%.0f", d * 86400 + t[1] * 3600 + t[2] * 60 + int(t[3]) }'
}
thumb() {
  openssl x509 -in "$1" -outform DER | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '='
}
: > retired.txt
if [ -n "$TRUST" ] && [ -e "$TRUST/retired.json" ]; then
  (tr -d ' \\t\\r\\n' < "$TRUST/retired.json"; echo) > retired.one
  one='"[^"\\\\]*":[0-9]{1,11}([.][0-9]+)?'
  grep -qxE "[{]($one(,$one)*)?[}]" retired.one || { echo 'retired.json: NO SE PUEDE LEER / CANNOT BE READ'; false; }
  tr ',{}' '\\n\\n\\n' < retired.one | grep . > retired.txt || :
fi
in_time() {
  awk -v name="$1" -v at="$2" -v what="$3" -v thumb="$4" '
    function plain(key) { if (key !~ /[^0-9A-Fa-f:]/) { gsub(/:/, "", key); key = toupper(key) } return key }
    match($0, /":[0-9.]+$/) { key = substr($0, 2, RSTART - 2); since = substr($0, RSTART + 2)
      if (plain(key) != plain(name) && (thumb == "" || key != thumb)) next
      print what ": RETIRADA / RETIRED " name " " since
      if (at == "" || at + 0 > since + 60) { print what ": ANTES DE SU SELLO / BEFORE ITS TIME STAMP"; bad = 1 } }
    END { exit bad }' retired.txt
}
dated() { [ ! -s retired.txt ] || in_time "$(prints "$1")" "$2" "$3" "$(thumb "$1")"; }
each certs/root.pem root
each certs/authority.pem stamper
each certs/authority-root.pem authority-root
for one in sealer.pem certs/seal.pem root-*.pem stamper-*.pem authority-root-*.pem; do
  [ -e "$one" ] || continue
  openssl x509 -in "$one" -noout -subject -nameopt RFC2253,-esc_msb,utf8 -fingerprint -sha256 -pubkey > printed.txt
  grep '^subject=' printed.txt
  echo "  $one: sha256=$(sed -n 's/^[A-Za-z0-9]* Fingerprint=//p' printed.txt)"
  echo "  key=$(openssl pkey -pubin -in printed.txt -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1)"
done
if [ -n "$TRUST" ]; then
  each "$TRUST/seal-root.pem" known-root
  each "$TRUST/authority-root.pem" known-authority-root
  for one in root-*.pem authority-root-*.pem; do
    [ -e "$one" ] || continue
    for known in known-"${one%-*}"-*.pem; do prints "$known"; done | grep -qxF "$(prints "$one")" ||
      { echo "$one: DESCONOCIDA / NOT KNOWN"; false; }
  done
  echo 'seal.names:'; cat "$TRUST/seal.names"
  for one in sealer.pem certs/seal.pem; do dated "$one" "$(moment recording.vcon.jws.tsr)" "$one"; done
  if [ -e checkpoint.tsr ]; then dated sealer.pem "$(moment checkpoint.tsr)" sealer.pem; fi
  for one in *.tsr *.tsr.*; do
    [ -e "$one" ] && [ -s retired.txt ] || continue
    openssl ts -reply -in "$one" -token_out 2> /dev/null | openssl cms -verify -noverify -inform DER -binary \\
      -certfile certs/authority.pem -signer stamper.pem -out /dev/null 2> /dev/null
    dated stamper.pem "$(moment "$one")" "$one"
    for root in authority-root-*.pem; do
      if openssl verify -no_check_time -CAfile "$root" -no-CApath -no-CAstore -untrusted certs/authority.pem \\
        stamper.pem > /dev/null 2>&1; then dated "$root" "$(moment "$one")" "$one"; fi
    done
  done
fi""",
)
KNOWN_LOG = """
if [ -n "$TRUST" ]; then grep -qxF -- "$(grep -F -- "+$id+" certs/log.vkey)" "$TRUST/log.vkey"; fi
in_time "$(grep -F -- "+$id+" certs/log.vkey)" "$(moment checkpoint.tsr)" certs/log.vkey"""
"""Behind the command that checks a head's signature: its key is one that came from outside."""
WITNESSED: Step = (
    """\
Quién más firmó esa cabeza: un testigo que usted conozca la vio crecer sin que nada de lo anterior cambiara. Y lo que
   dice el recibo del ciudadano: la referencia, y los primeros signos de la raíz (de esta cabeza o de una anterior).""",
    """\
Who else signed that head: a witness whom you know saw it grow with nothing below it changed. And what the citizen's
   receipt says: the reference, and the first letters of the root (of this head, or of an older one).""",
    """\
grep '^— ' checkpoint | cut -d' ' -f2
if [ -n "$TRUST" ] && [ -e "$TRUST/witness.vkey" ]; then
  while IFS= read -r key || [ -n "$key" ]; do
    name=${key%%+*}
    grep -F -- "— $name " checkpoint | head -1 | cut -d' ' -f3 | openssl base64 -d -A > signed.witness
    if [ ! -s signed.witness ]; then echo "CON RESERVAS / WITH RESERVATIONS: $name"; continue; fi
    at=$(tail -c 72 signed.witness | head -c 8 | od -An -v -tx1 | tr -d ' \\n')
    (printf 'cosignature/v1\\ntime %d\\n' "0x$at"; head -3 checkpoint) > cosigned.txt
    (printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
     printf '%s' "$key" | cut -d+ -f3- | openssl base64 -d -A | tail -c 32) > witness.der
    tail -c 64 signed.witness > witness.sig
    openssl pkeyutl -verify -pubin -keyform DER -inkey witness.der -rawin -in cosigned.txt -sigfile witness.sig
  done < "$TRUST/witness.vkey"
fi
field protected | decoded | grep -o '"uuid":"[^"]*"'
sed -n 3p checkpoint | cut -c1-16""",
)
