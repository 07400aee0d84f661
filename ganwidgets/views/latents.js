// The arithmetic of latent sliders in the page, as `widgets/_latents.py` and `_sliders.py` have it: z after a movement.
// A place is { z, wide, psi }: z and what it would be without truncation, Float32Array of count × size, and 0 ≤ psi ≤ 1.

// gwLatents({ count, size, vectors }) -> what can be done with places. vectors[group]: unit rows one after the other, or
// null for the latents themselves.
function gwLatents({ count, size, vectors }) {
  const FREE_SHARE = 0.1, LEAST_PSI = 0.05;

  const dot = (a, b, at = 0) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += a[i] * b[at + i];
    return sum;
  };

  function row([group, index]) {
    if (vectors[group]) return vectors[group].subarray(index * size, (index + 1) * size);
    const unit = new Float32Array(size);
    unit[index] = 1;
    return unit;
  }

  // Orthonormal rows that span the given ones.
  function basis(rows) {
    const found = [];
    for (const each of rows) {
      const left = without(each, found);
      const length = Math.sqrt(dot(left, left));
      if (length > 1e-6) found.push(left.map((value) => value / length));
    }
    return found;
  }

  function without(vector, orthonormal) {
    const left = Float64Array.from(vector);
    for (const unit of orthonormal) {
      const share = dot(left, unit);
      for (let i = 0; i < size; i++) left[i] -= share * unit[i];
    }
    return left;
  }

  // `fresh` with the coordinates that `old` has along the locked sliders, picture by picture.
  function held(old, fresh, locked) {
    const z = fresh.slice();
    for (const unit of basis(locked.map(row))) for (let n = 0; n < count; n++) {
      const change = dot(unit, old, n * size) - dot(unit, fresh, n * size);
      for (let i = 0; i < size; i++) z[n * size + i] += change * unit[i];
    }
    return z;
  }

  // The coefficients of the free rows whose sum changes the coordinates by `change`: one row, or two. null if they are
  // held fast by the locked ones or by each other.
  function solve(free, change) {
    const [a, b] = free, aa = dot(a, a);
    if (!b) return aa < FREE_SHARE ** 2 ? null : [change[0] / aa];
    const bb = dot(b, b), ab = dot(a, b);
    const least = (aa + bb) / 2 - Math.sqrt(((aa - bb) / 2) ** 2 + ab ** 2);
    if (least < FREE_SHARE ** 2) return null;
    const det = aa * bb - ab * ab;
    return [(bb * change[0] - ab * change[1]) / det, (aa * change[1] - ab * change[0]) / det];
  }

  // `values`: [group, index, value] of one slider or two; `locked`: [group, index]; `selected`: one picture, or -1 for all.
  function moved(place, values, locked, selected) {
    const [first, last] = selected < 0 ? [0, count] : [selected, selected + 1];
    const rows = values.map(row);
    const held = locked.filter(([group, index]) => !values.some(([g, i]) => g === group && i === index));
    const fixed = basis(held.map(row));
    const free = rows.map((each) => without(each, fixed));
    const change = rows.map((each, k) => {
      let sum = 0;
      for (let n = first; n < last; n++) sum += dot(each, place.z, n * size);
      return values[k][2] - sum / (last - first);
    });
    const share = solve(free, change);
    if (!share) return null;
    const z = place.z.slice();
    for (let n = first; n < last; n++) for (let i = 0; i < size; i++) {
      for (let k = 0; k < free.length; k++) z[n * size + i] += share[k] * free[k][i];
    }
    if (last - first === 1) for (const [group, index, value] of values) if (!vectors[group]) z[first * size + index] = value;
    if (place.psi === 1) return { z, wide: z, psi: 1 };
    const back = place.psi >= LEAST_PSI ? 1 / place.psi : 1;
    return { z, wide: place.wide.map((value, i) => value + (z[i] - place.z[i]) * back), psi: place.psi };
  }

  const truncated = (place, psi) => ({ z: psi === 1 ? place.wide : place.wide.map((value) => psi * value), wide: place.wide, psi });

  // Picture by picture along the arc from a to b, the length changing evenly; straight where there is none.
  function walked(a, b, t) {
    const z = new Float32Array(count * size);
    for (let n = 0; n < count; n++) {
      const u = a.subarray(n * size, (n + 1) * size), v = b.subarray(n * size, (n + 1) * size);
      const lu = Math.sqrt(dot(u, u)), lv = Math.sqrt(dot(v, v));
      const angle = lu && lv ? Math.acos(Math.min(1, Math.max(-1, dot(u, v) / (lu * lv)))) : 0;
      const sine = Math.sin(angle), straight = sine < 1e-4, length = (1 - t) * lu + t * lv;
      const cu = straight ? 1 - t : (Math.sin((1 - t) * angle) / sine) * (length / lu);
      const cv = straight ? t : (Math.sin(t * angle) / sine) * (length / lv);
      for (let i = 0; i < size; i++) z[n * size + i] = cu * u[i] + cv * v[i];
    }
    return { z, wide: z, psi: 1 };
  }

  // Each group's slider values: the coordinates of the selected z, or their mean over all.
  function values({ z }, selected) {
    const [first, last] = selected < 0 ? [0, count] : [selected, selected + 1];
    const mean = new Float32Array(size);
    for (let n = first; n < last; n++) for (let i = 0; i < size; i++) mean[i] += z[n * size + i] / (last - first);
    return vectors.map((rows) => (rows ? Float32Array.from({ length: rows.length / size }, (_, k) => dot(mean, rows, k * size)) : mean));
  }

  return { moved, truncated, walked, values, held };
}
