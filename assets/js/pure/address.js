/* Addresses of this page that say what to show. Pure. */

/* An address of the page with these parameters, and no others. place: a location; its path is the one below
   which a proxy serves the page, if there is one. */
export const linkTo = (place, query) => place.origin + place.pathname + (query ? '?' + query : '');

/* A Space stands in a frame of the Hub, which hands the parameters of its own address on. */
export const linkOnSpace = (space, query) => space + '?' + query;

/* What is left of a query once what it asked for is over: what others put there, as Gradio's own theme. */
export const plainQuery = (search) => {
  const kept = [...new URLSearchParams(search)].filter(([name]) => name.startsWith('__'));
  return kept.length ? '?' + new URLSearchParams(kept) : '';
};
