using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Where the logits of an output are: in front of the Softmax that it comes from, or else in itself.</summary>
/// <param name="Output">The output.</param>
/// <param name="Value">What holds the logits.</param>
/// <param name="Axis">The axis along which classes lie, counted from the end where it is negative.</param>
internal sealed record Logits(Value Output, Value Value, int Axis)
{
    /// <summary>Those of an output of a graph.</summary>
    public static Logits Of(Value output)
    {
        Value value = output;
        while (value.Producer is { } passing && (passing.Is("Identity") || passing.Is("DequantizeLinear") || passing.Is("QuantizeLinear"))
            && passing.Required(0).Producer is not null)
        {
            value = passing.Required(0);
        }

        // The logarithm of a Softmax is as good as what it is computed of: both differ by a constant along the classes.
        return value.Producer is { } node && (node.Is("Softmax") || node.Is("LogSoftmax"))
            ? new Logits(output, node.Is("Softmax") ? node.Required(0) : value, node.Axis(value.KnownShape.Rank, -1))
            : new Logits(output, output, output.KnownShape.Rank > 3 ? 1 : -1);
    }

    /// <summary>[rows, classes].</summary>
    public Tensor Rows(Tensor logits)
    {
        Tensor last = Axis is -1 || Axis == logits.dim() - 1 ? logits : logits.movedim([Axis], [-1]);
        return last.reshape(-1, last.shape[^1]);
    }

    /// <summary>The mean of −log p of what is right.</summary>
    /// <param name="logits">Of this output.</param>
    /// <param name="labels">As many as rows.</param>
    /// <param name="smoothing">Part of the probability that goes to all classes alike.</param>
    public Tensor CrossEntropy(Tensor logits, Tensor labels, double smoothing)
    {
        Tensor rows = Rows(logits);
        Tensor logarithms = functional.log_softmax(rows, -1);
        Tensor right = logarithms.gather(1, labels.reshape(-1, 1)).mean().neg();
        return smoothing == 0 ? right : (right * Scalars.Of(1 - smoothing)) - (logarithms.mean() * Scalars.Of(smoothing));
    }

    /// <exception cref="CompilationException">MODELB4012: they are not as many as rows, or are no classes.</exception>
    public void Check(Tensor logits, Tensor labels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor rows = Rows(logits.detach());
        if (labels.numel() != rows.shape[0])
        {
            throw new CompilationException(DiagnosticCodes.TrainingTargets,
                $"Output '{Output.Name}' gives {rows.shape[0]} rows of {rows.shape[1]} classes for {labels.shape[0]} samples, and there "
                    + $"are {labels.numel()} labels. Give one for each row, or say which output they are for (Trainer.CrossEntropy).");
        }

        long least = labels.min().item<long>();
        long most = labels.max().item<long>();
        if (least < 0 || most >= rows.shape[1])
        {
            throw new CompilationException(DiagnosticCodes.TrainingTargets,
                $"There is a label {(least < 0 ? least : most)}, and output '{Output.Name}' has {rows.shape[1]} classes, counted from 0. "
                    + "Give the place of the element that has to be the largest.");
        }
    }
}
