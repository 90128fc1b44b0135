//! Disjoint sets whose representative is their smallest member, whatever the order of unions.

/// Disjoint sets over `0..n` (Galler and Fischer 1964; path halving by Tarjan and van Leeuwen 1984).
#[derive(Clone, Debug)]
pub struct UnionFind {
    parent: Vec<u32>,
}

impl UnionFind {
    /// `n` sets of one.
    pub fn new(n: usize) -> Self {
        Self { parent: (0..n as u32).collect() }
    }

    /// The smallest member of the set of `x`.
    pub fn find(&mut self, mut x: u32) -> u32 {
        loop {
            let up = self.parent[x as usize];
            if up == x {
                return x;
            }
            let over = self.parent[up as usize];
            self.parent[x as usize] = over;
            x = over;
        }
    }

    /// Joins the sets of `a` and `b`; says whether they were apart.
    pub fn union(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parent[high as usize] = low;
        low != high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_relabeling_everything(unions in prop::collection::vec((0u32..50, 0u32..50), 0..80)) {
            let mut sets = UnionFind::new(50);
            let mut label: Vec<u32> = (0..50).collect();
            for (a, b) in unions {
                let (x, y) = (label[a as usize], label[b as usize]);
                prop_assert_eq!(sets.union(a, b), x != y);
                for l in &mut label {
                    if *l == x.max(y) {
                        *l = x.min(y);
                    }
                }
            }
            for i in 0..50 {
                prop_assert_eq!(sets.find(i), label[i as usize]);
            }
        }
    }
}
