using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Sparsity;

/// <summary>The weights of a matrix product that runs by blocks.</summary>
/// <param name="Blocks">For more rows than <see cref="SparseGemm.MostSingleRows"/>; null where there are never so many.</param>
/// <param name="Steps">For fewer; null where there are never so few.</param>
/// <param name="Kept">The part of all blocks, of two outputs and four inputs, that is not zero.</param>
internal sealed record SparseMatrix(SparseBlocks? Blocks, SparseSteps? Steps, double Kept);
