// Cooperative matrices of 16 rows and 16 columns.
alias row_matrix = coop_mat16x16<f16, A>;
alias column_matrix = coop_mat16x16<f16, B>;
alias sum_matrix = coop_mat16x16<f32, C>;
const SIZE = 16u;
