/* How strong a cell of the heat map is: 0 for nothing, else 1 to 20, by the square root, so that small
   amounts are told apart. */
const LEVELS = 20;

export const level = (n, most) => n ? Math.min(LEVELS, Math.max(1, Math.round(LEVELS * Math.sqrt(n / Math.max(n, most))))) : 0;
