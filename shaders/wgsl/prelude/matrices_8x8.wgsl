// Cooperative matrices of 8 rows and 8 columns.
alias row_matrix = coop_mat8x8<f16, A>;
alias column_matrix = coop_mat8x8<f16, B>;
alias sum_matrix = coop_mat8x8<f32, C>;
const SIZE = 8u;
