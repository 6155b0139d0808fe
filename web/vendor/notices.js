// Writes the licence texts of everything that was bundled beside the bundles, and the accessibility checker of the tests.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';

const BUNDLED = ['jssip', 'debug', 'ms', 'events', 'sdp-transform', 'lit', 'lit-html', 'lit-element', '@lit/reactive-element'];

function notice(name) {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} has no licence file: look at it by hand before bundling`);
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
}

writeFileSync('../static/vendor/NOTICES.txt', BUNDLED.map(notice).join(`\n${'-'.repeat(78)}\n\n`));

const tests = '../../tests/web/axe';
mkdirSync(tests, { recursive: true });
copyFileSync('node_modules/axe-core/axe.min.js', `${tests}/axe.min.js`);
copyFileSync('node_modules/axe-core/LICENSE', `${tests}/LICENSE`);
