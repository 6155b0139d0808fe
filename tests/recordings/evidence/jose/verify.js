// Verifies a signed vCon: node verify.js RECORDING.vcon.jws SEAL.pem; prints the payload.
import { readFileSync } from 'node:fs'
import { generalVerify, importX509 } from 'jose'

const [jws, pem] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'))
const { payload, protectedHeader } = await generalVerify(JSON.parse(jws), await importX509(pem, 'RS256'), {
  algorithms: ['RS256'],
})
if (!protectedHeader['x5t#S256']) throw new Error('no thumbprint is protected')
process.stdout.write(payload)
