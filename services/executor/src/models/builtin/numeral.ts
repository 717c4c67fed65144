/** A number found in a text: plain decimal digits such as `1050` or `3.5`, and the index after it. */
export interface Numeral {
  digits: string;
  end: number;
}

/** `shiftPoint('1.5', 4)` is `15000`: exact, where multiplying floats is not. */
export function shiftPoint(digits: string, places: number): string {
  const [whole = '', decimals = ''] = digits.split('.');
  const shifted = whole + decimals.slice(0, places).padEnd(places, '0');
  const rest = decimals.slice(places);
  return (shifted.replace(/^0+(?=\d)/, '') || '0') + (rest && `.${rest}`);
}
