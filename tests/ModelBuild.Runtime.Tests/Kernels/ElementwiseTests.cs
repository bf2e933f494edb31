using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels.Checks;

namespace ModelBuild.Runtime.Tests.Kernels;

public class ElementwiseTests
{
    [Fact]
    public void Kernels_GuardedMemory_StayInsideTheirSpans() => Assert.NotEmpty(ElementwiseChecks.Run());

    [Fact]
    public void Kernels_InSteadyState_AllocateNothing()
    {
        float[] x = Samples.Floats(120, 1);
        float[] y = new float[120];
        byte[] q = Samples.Codes(120, 2);
        byte[] p = new byte[120];
        byte[] table = new byte[256];
        int[] accumulators = new int[120];
        Assert.Equal(0, Allocations.Of(UseAll));

        void UseAll()
        {
            Activation.Relu(x, y);
            Activation.Tanh(x, y);
            Activation.Clip(x, -1, 1, y);
            Quantization.QuantizeUInt8(x, 0.1f, 3, p);
            Quantization.DequantizeUInt8(q, 0.1f, 3, y);
            Quantization.DequantizeInt32(accumulators, 12, x, y);
            Lookup.UInt8(q, table, p);
            Conversion.Convert<byte, float>(q, y);
            Arithmetic.Add(x, x, y);
            Arithmetic.Multiply(new BroadcastShape([1, 1, 10, 12], [0, 0, 12, 1], [0, 0, 0, 1]), x, x, y);
            QuantizedArithmetic.Add(q, 3, 0.5f, q, 4, 0.6f, 7, 0, 255, p);
            QuantizedArithmetic.Multiply(new BroadcastShape([1, 1, 10, 12], [0, 0, 12, 1], [0, 0, 0, 1]), q, 3, q, 4, 0.1f, 7, 0, 255, p);
            Softmax.Float32(10, 12, 1, x, y);
            Softmax.LogFloat32(10, 12, 1, x, y);
            Softmax.Float32(1, 10, 12, x, y);
            Softmax.UInt8(10, 12, 1, q, 0.1f, 255, 0, p);
            Softmax.UInt8(1, 10, 12, q, 0.1f, 255, 0, p);
            var pooling = new PoolingShape(1, 5, 6, 4, 2, 3, 2, 2, 2, 2);
            Pooling.MaximumFloat32(in pooling, x, y.AsSpan(0, 24));
            Pooling.MaximumUInt8(in pooling, q, p.AsSpan(0, 24));
            Pooling.AverageFloat32(in pooling, false, x, y.AsSpan(0, 24));
            Pooling.AverageUInt8(in pooling, false, q, 3, 1, 4, p.AsSpan(0, 24));
            Reduction.MeanFloat32(1, 10, 12, x, y.AsSpan(0, 12));
            Reduction.MeanFloat32(10, 12, 1, x, y.AsSpan(0, 10));
            Reduction.MeanUInt8(1, 10, 12, q, 3, 1, 4, p.AsSpan(0, 12));
            Normalization.Float32(12, true, x, 1e-5f, y, x.AsSpan(0, 12), x.AsSpan(0, 12));
            QuantizedNormalization.UInt8(12, q, 0.1f, 1e-5f, x.AsSpan(0, 12), x.AsSpan(0, 12), 3, p);
            DataMovement.Transpose([2, 60], [1, 0], q, p);
            DataMovement.Concatenate(10, 12, 0, 12, x, y);
            DataMovement.Slice([10, 12], [0, 0], [1, 1], [10, 12], x, y);
            DataMovement.Pad<byte>([10, 12], [0, 0], [0, 0], [0], q, p);
        }
    }
}
