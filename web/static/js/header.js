// The head of every page: the mark, what this page is, its language, and who is signed in.
import { html, nothing } from '../vendor/lit.js';
import { LANGUAGES, current, t, tagOf, useLanguage } from './texts.js';

const NAMES = { es: 'Español', ca: 'Català', va: 'Valencià', gl: 'Galego', eu: 'Euskara', en: 'English' };

export async function changeLanguage(component, next) {
  await useLanguage(next);
  component.requestUpdate();
}

const choice = (component, language) => html`
  <button type="button" lang=${tagOf(language)} aria-pressed=${current() === language}
    @click=${() => changeLanguage(component, language)}>${NAMES[language]}</button>`;

export const header = (component, title, extra = nothing) => html`
  <a class="skip" href="#main">${t('skip')}</a>
  <header class="head">
    <p class="mark"><img src="/static/icon.svg" alt="" width="34" height="34"><span>Ventanilla</span></p>
    <h1>${title}</h1>
    <div class="head-end">
      ${extra}
      <div class="languages" role="group" aria-label=${t('language.choose')}>${LANGUAGES.map((language) => choice(component, language))}</div>
    </div>
  </header>`;
