/* Plotly's own script, from our server, once a figure is opened: a page that opens none never asks for it. */
import { el } from './dom.js';

const at = (address) => new URL(address, document.baseURI).href;
let coming = null;

/* Its library; the script is asked for once, and again after it could not be had. */
export const plotly = (address) => {
  coming ??= new Promise((resolve, reject) => {
    const script = el('script');
    script.addEventListener('load', () => resolve(window.Plotly));
    script.addEventListener('error', () => { coming = null; reject(new Error('no ' + address)); });
    script.src = at(address);
    document.head.append(script);
  });
  return coming;
};

/* Its text, which the browser has kept. */
export const source = async (address) => (await fetch(at(address))).text();
