// Notes not yet sent survive a reload of this tab, and nothing more: they go with the tab and with the contact.
const key = (call) => `ventanilla.notes.${call}`;

export const keptNotes = (call) => sessionStorage.getItem(key(call)) ?? '';
export const keepNotes = (call, notes) => { if (call) sessionStorage.setItem(key(call), notes); };
export const forgetNotes = (call) => sessionStorage.removeItem(key(call));
