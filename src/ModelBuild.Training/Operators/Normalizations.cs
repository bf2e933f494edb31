using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>
/// BatchNormalization and Softmax. The other normalizations are combinations of reductions and arithmetic since import.
/// </summary>
internal static class Normalizations
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("BatchNormalization", Batch),
        ("Softmax", call => call[0].softmax(call.Node.Axis(call.Rank, -1))),
        ("LogSoftmax", call => functional.log_softmax(call[0], call.Node.Axis(call.Rank, -1))),
    ];

    /// <summary>
    /// In training with the statistics of the batch, which the running ones follow: running · momentum + batch · (1 − momentum), as ONNX
    /// has it; the running variance takes that of a sample (divided by n − 1), as trainers do.
    /// </summary>
    private static Tensor Batch(NodeCall call)
    {
        Tensor x = call[0];
        double epsilon = call.Node.Float("epsilon", 1e-5f);
        long count = x.shape[1] == 0 ? 0 : x.numel() / x.shape[1];
        if (!call.IsTraining || call.Update is null || count < 2)
        {
            return functional.batch_norm(x, call[3], call[4], call[1], call[2], training: false, eps: epsilon);
        }

        Tensor mean;
        Tensor variance;

        // The operator would change them itself, by a rule of its own.
        Tensor oldMean = call[3].detach().clone();
        Tensor oldVariance = call[4].detach().clone();
        using (torch.no_grad())
        {
            long[] others = [0, .. Enumerable.Range(2, call.Rank - 2).Select(a => (long)a)];
            float old = call.Node.Float("momentum", 0.9f);
            (Scalar momentum, Scalar rest) = (Scalars.Of(old), Scalars.Of(1 - old));
            mean = (call[3] * momentum).Plus(x.mean(others) * rest);
            variance = (call[4] * momentum).Plus(x.var(others, unbiased: true) * rest);
        }

        call.Update(3, mean);
        call.Update(4, variance);
        return functional.batch_norm(x, oldMean, oldVariance, call[1], call[2], training: true, eps: epsilon);
    }
}
