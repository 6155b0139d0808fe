// The sign-in of the agents' and supervisors' pages. Fires "signed-in" with who it is.
import { LitElement, html, nothing } from '../vendor/lit.js';
import { ask } from './ask.js';
import { t } from './texts.js';

class SignIn extends LitElement {
  static properties = { page: {}, reason: {}, language: {}, _busy: { state: true }, _fault: { state: true } };

  createRenderRoot() { return this; }

  firstUpdated() { this.querySelector('#name').focus(); }

  async #enter(event) {
    event.preventDefault();
    const form = event.target;
    this._busy = true;
    const { ok, status, body } = await ask('POST', '/session', { name: form.elements.name.value.trim().toLowerCase(), password: form.elements.password.value });
    this._busy = false;
    form.elements.password.value = '';
    if (ok) { this.dispatchEvent(new CustomEvent('signed-in', { detail: body })); return; }
    this._fault = status === 0 || status >= 500 ? 'sign_in.unreachable' : 'sign_in.refused';
    form.elements.password.focus();
  }

  render() {
    const message = this._fault ?? this.reason;
    return html`
      <form class="sign-in sheet" @submit=${this.#enter}>
        <div class="arch"><img src="/static/icon.svg" alt="" width="72" height="72"></div>
        <h2>${t(`sign_in.title.${this.page}`)}</h2>
        <p class="notice" role="alert" ?hidden=${!message} data-kind=${this._fault ? 'fault' : 'news'}>${message ? t(message) : nothing}</p>
        <label for="name">${t('sign_in.name')}</label>
        <input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64">
        <label for="password">${t('sign_in.password')}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256">
        <button class="primary" ?disabled=${this._busy}>${t(this._busy ? 'sign_in.going' : 'sign_in.go')}</button>
      </form>`;
  }
}

customElements.define('sign-in', SignIn);
