using TorchSharp.Modules;

namespace ModelBuild.Training;

/// <summary>What an optimizer changes.</summary>
/// <param name="Name">Unique among all.</param>
/// <param name="Parameter">Its numbers and, after a backward pass, their gradients.</param>
/// <param name="IsDecayed">Whether the decay of weights holds for it.</param>
/// <param name="RateFactor">How much faster or slower than others it learns.</param>
internal sealed record LearnedTensor(string Name, Parameter Parameter, bool IsDecayed, double RateFactor = 1);
