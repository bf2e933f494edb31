using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>What LibTorch does for a node: the outputs from the first on, as many as somebody may read.</summary>
internal delegate Tensor[] Translator(NodeCall call);
