using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Operators that give elements another place, type or number of copies.</summary>
internal static class Shaping
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("Reshape", Reshape),
        ("Flatten", Flatten),
        ("Squeeze", Squeeze),
        ("Unsqueeze", Unsqueeze),
        ("Transpose", call => call[0].permute(
            call.Node.Ints("perm") ?? [.. Enumerable.Range(0, call.Rank).Reverse().Select(a => (long)a)])),
        ("Concat", call => torch.cat([.. call.Inputs.Select(i => i!)], call.Node.Axis(call.Rank))),
        ("Expand", call => call[0].expand(Broadcast(call[0].shape, call.Numbers(1)!))),
        ("Tile", call => call[0].repeat(call.Numbers(1)!)),
        ("Pad", Pad),
        ("Cast", Cast),
        ("Trilu", call => call.Node.Int("upper", 1) != 0 ? call[0].triu(Diagonal(call)) : call[0].tril(Diagonal(call))),
    ];

    private static long Diagonal(NodeCall call) => call.Numbers(1) is [long k] ? k : 0;

    private static Tensor Reshape(NodeCall call)
    {
        long[] target = call.Numbers(1)!;
        bool keepsZeros = call.Node.Int("allowzero") != 0;
        return call[0].reshape([.. target.Select((d, i) => d == 0 && !keepsZeros ? call[0].shape[i] : d)]);
    }

    private static Tensor Flatten(NodeCall call)
    {
        long[] shape = call[0].shape;
        int axis = (int)NodeCall.Axis(call.Node.Int("axis", 1), call.Rank);
        return call[0].reshape(Product(shape[..axis]), Product(shape[axis..]));
    }

    private static long Product(long[] sizes) => sizes.Aggregate(1L, (product, d) => product * d);

    private static Tensor Squeeze(NodeCall call)
    {
        HashSet<long>? axes = call.Numbers(1)?.Select(a => NodeCall.Axis(a, call.Rank)).ToHashSet();
        return call[0].reshape([.. call[0].shape.Where((d, i) => axes is null ? d != 1 : !axes.Contains(i))]);
    }

    private static Tensor Unsqueeze(NodeCall call)
    {
        long[] given = call.Numbers(1)!;
        int rank = call.Rank + given.Length;
        HashSet<long> axes = [.. given.Select(a => NodeCall.Axis(a, rank))];
        var own = new Queue<long>(call[0].shape);
        return call[0].reshape([.. Enumerable.Range(0, rank).Select(a => axes.Contains(a) ? 1 : own.Dequeue())]);
    }

    /// <summary>The shape that two broadcast to.</summary>
    private static long[] Broadcast(long[] a, long[] b)
    {
        int rank = Math.Max(a.Length, b.Length);
        return [.. Enumerable.Range(0, rank).Select(i =>
        {
            long left = At(a, i);
            long right = At(b, i);
            return left == 1 ? right : left;
        })];

        long At(long[] shape, int axis) => axis - (rank - shape.Length) is >= 0 and var own ? shape[own] : 1;
    }

    /// <summary>Axis by axis, with the places that each element comes from; negative pads take elements away.</summary>
    private static Tensor Pad(NodeCall call)
    {
        long[] pads = call.Numbers(1)!;
        long[] axes = call.Numbers(3) ?? [.. Enumerable.Range(0, call.Rank).Select(a => (long)a)];
        string mode = call.Node.Text("mode", "constant");
        Tensor x = call[0];
        for (int i = 0; i < axes.Length; i++)
        {
            (long axis, long before, long after) = (NodeCall.Axis(axes[i], call.Rank), pads[i], pads[axes.Length + i]);
            if (before != 0 || after != 0)
            {
                x = mode == "constant" ? Constant(x, axis, before, after, call.Optional(2)) : Continued(x, axis, before, after, mode);
            }
        }

        return x.alias();
    }

    private static Tensor Constant(Tensor x, long axis, long before, long after, Tensor? value)
    {
        long[] pads = new long[2 * (x.dim() - axis)];
        (pads[^2], pads[^1]) = (before, after);
        using DisposeScope scope = torch.NewDisposeScope();
        double filling = value is null ? 0 : value.detach().to(torch.ScalarType.Float64).reshape(1).item<double>();
        return functional.pad(x, pads, PaddingModes.Constant, filling).MoveToOuterDisposeScope();
    }

    private static Tensor Continued(Tensor x, long axis, long before, long after, string mode)
    {
        long length = x.shape[axis];
        long[] places = new long[before + length + after];
        for (int i = 0; i < places.Length; i++)
        {
            long at = i - before;
            places[i] = mode switch
            {
                "edge" => Math.Clamp(at, 0, length - 1),
                "wrap" => ((at % length) + length) % length,
                _ => Reflected(at, length),
            };
        }

        return x.index_select(axis, torch.tensor(places, device: x.device));
    }

    /// <summary>0 1 2 becomes … 2 1 0 1 2 1 0 …</summary>
    private static long Reflected(long at, long length)
    {
        if (length == 1)
        {
            return 0;
        }

        long period = 2 * (length - 1);
        long place = ((at % period) + period) % period;
        return place < length ? place : period - place;
    }

    /// <summary>Half precision is computed in float32, here as in the compiler's import.</summary>
    private static Tensor Cast(NodeCall call)
    {
        var type = (DataType)call.Node.Int("to");
        torch.ScalarType target = type is DataType.Float16 or DataType.BFloat16 ? torch.ScalarType.Float32
            : TorchTensors.TypeOf(type) ?? throw new NotSupportedException($"Casts to {type} are computed by the compiler.");
        return target == call[0].dtype ? call[0].alias() : call[0].to(target);
    }
}
