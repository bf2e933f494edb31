namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The definition of every micro-kernel and epilogue, in plain code. The other tiers equal it: bit for bit where integers come out,
/// within the rounding of a different order of summation where floats do.
/// </summary>
internal static unsafe class ScalarMicroKernels
{
    private const int Lanes = WeightPacking.PanelWidth;

    /// <summary>The epilogue of a kind.</summary>
    public static delegate*<EpilogueArguments*, void> Epilogue(EpilogueKind kind) => kind switch
    {
        EpilogueKind.ToUInt8 => &ToUInt8,
        EpilogueKind.AddToUInt8 => &AddToUInt8,
        EpilogueKind.AddAccumulatorsToUInt8 => &AddAccumulatorsToUInt8,
        EpilogueKind.GateToUInt8 => &GateToUInt8,
        EpilogueKind.ToInt32 => &ToInt32,
        EpilogueKind.ToFloat32 => &ToFloat32,
        EpilogueKind.AddToFloat32 => &AddToFloat32,
        EpilogueKind.OffsetToFloat32 => &OffsetToFloat32,
        EpilogueKind.Store => &Store,
        _ => &AddAndStore,
    };

    /// <summary>Floats: taps row by row, the channels of a tap in order.</summary>
    public static void Float32(MicroKernelArguments* arguments)
    {
        for (int tile = 0; tile < arguments->Tiles; tile++)
        {
            byte* pixel = arguments->Pixels[tile] + arguments->InputOffset;
            float* weights = (float*)arguments->Weights;
            float* accumulators = (float*)arguments->Accumulators + (tile * Lanes);
            Start(arguments, accumulators);
            for (int row = 0; row < arguments->Rows; row++)
            {
                for (int segment = 0; segment < arguments->Segments; segment++)
                {
                    float* input = (float*)(pixel + (row * arguments->RowStep) + (segment * arguments->SegmentStep));
                    for (int step = 0; step < arguments->Steps; step++, weights += Lanes)
                    {
                        for (int lane = 0; lane < Lanes; lane++)
                        {
                            accumulators[lane] += input[step] * weights[lane];
                        }
                    }
                }
            }
        }
    }

    /// <summary>Bytes: exact products, sums modulo 2³².</summary>
    public static void UInt8(MicroKernelArguments* arguments)
    {
        for (int tile = 0; tile < arguments->Tiles; tile++)
        {
            byte* pixel = arguments->Pixels[tile] + arguments->InputOffset;
            sbyte* weights = (sbyte*)arguments->Weights;
            int* accumulators = (int*)arguments->Accumulators + (tile * Lanes);
            Start(arguments, accumulators);
            for (int row = 0; row < arguments->Rows; row++)
            {
                for (int segment = 0; segment < arguments->Segments; segment++)
                {
                    byte* input = pixel + (row * arguments->RowStep) + (segment * arguments->SegmentStep);
                    for (int step = 0; step < arguments->Steps; step++, input += 4)
                    {
                        for (int lane = 0; lane < Lanes; lane++, weights += 4)
                        {
                            accumulators[lane] += (input[0] * weights[0]) + (input[1] * weights[1])
                                + (input[2] * weights[2]) + (input[3] * weights[3]);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Depthwise floats: every lane has its own channel of the input.</summary>
    public static void DepthwiseFloat32(MicroKernelArguments* arguments)
    {
        for (int tile = 0; tile < arguments->Tiles; tile++)
        {
            byte* pixel = arguments->Pixels[tile] + arguments->InputOffset;
            byte* weights = arguments->Weights;
            float* accumulators = (float*)arguments->Accumulators + (tile * Lanes);
            Start(arguments, accumulators);
            for (int row = 0; row < arguments->Rows; row++)
            {
                for (int segment = 0; segment < arguments->Segments; segment++, weights += arguments->TapStep)
                {
                    float* input = (float*)(pixel + (row * arguments->RowStep) + (segment * arguments->SegmentStep));
                    for (int lane = 0; lane < Lanes; lane++)
                    {
                        accumulators[lane] += input[lane] * ((float*)weights)[lane];
                    }
                }
            }
        }
    }

    /// <summary>Depthwise bytes: every lane has its own channel of the input.</summary>
    public static void DepthwiseUInt8(MicroKernelArguments* arguments)
    {
        for (int tile = 0; tile < arguments->Tiles; tile++)
        {
            byte* pixel = arguments->Pixels[tile] + arguments->InputOffset;
            byte* weights = arguments->Weights;
            int* accumulators = (int*)arguments->Accumulators + (tile * Lanes);
            Start(arguments, accumulators);
            for (int row = 0; row < arguments->Rows; row++)
            {
                for (int segment = 0; segment < arguments->Segments; segment++, weights += arguments->TapStep)
                {
                    byte* input = pixel + (row * arguments->RowStep) + (segment * arguments->SegmentStep);
                    for (int lane = 0; lane < Lanes; lane++)
                    {
                        accumulators[lane] += input[lane] * ((sbyte*)weights)[lane];
                    }
                }
            }
        }
    }

    public static void ToUInt8(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            int* accumulators = (int*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                float value = accumulators[lane] * arguments->Multipliers[arguments->FirstLane + lane];
                ((byte*)arguments->Output)[element + lane] = Quantize(value, arguments);
            }
        }
    }

    public static void AddToUInt8(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            int* accumulators = (int*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                float value = accumulators[lane] * arguments->Multipliers[arguments->FirstLane + lane];
                int residual = ((byte*)arguments->Residual)[element + lane] - arguments->ResidualZeroPoint;
                float addend = residual * arguments->ResidualMultiplier;
                ((byte*)arguments->Output)[element + lane] = Quantize(value + addend, arguments);
            }
        }
    }

    public static void AddAccumulatorsToUInt8(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            int* accumulators = (int*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                float value = accumulators[lane] * arguments->Multipliers[arguments->FirstLane + lane];
                float addend = ((int*)arguments->Residual)[element + lane] * arguments->ResidualMultipliers[arguments->FirstLane + lane];
                ((byte*)arguments->Output)[element + lane] = Quantize(value + addend, arguments);
            }
        }
    }

    public static void GateToUInt8(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            int* accumulators = (int*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                int channel = arguments->FirstLane + lane;
                float value = accumulators[lane] * arguments->Multipliers[channel];
                float slope = value * arguments->GateSlope;
                float gated = value * Math.Clamp(slope + arguments->GateOffset, 0f, 1f);
                float scaled = gated * arguments->ResidualMultipliers[channel];
                float result = scaled + arguments->ResidualMultipliers[arguments->TermsOffset + channel];
                ((byte*)arguments->Output)[element + lane] = Quantize(result, arguments);
            }
        }
    }

    public static void ToInt32(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            int* accumulators = (int*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                ((int*)arguments->Output)[element + lane] = accumulators[lane];
            }
        }
    }

    public static void ToFloat32(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            int* accumulators = (int*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                float value = accumulators[lane] * arguments->Multipliers[arguments->FirstLane + lane];
                ((float*)arguments->Output)[element + lane] = Clamp(value, arguments);
            }
        }
    }

    public static void AddToFloat32(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            int* accumulators = (int*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                float value = accumulators[lane] * arguments->Multipliers[arguments->FirstLane + lane];
                ((float*)arguments->Output)[element + lane] = Clamp(value + ((float*)arguments->Residual)[element + lane], arguments);
            }
        }
    }

    public static void OffsetToFloat32(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            int* accumulators = (int*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                float value = accumulators[lane] * arguments->Multipliers[arguments->FirstLane + lane];
                float offset = arguments->ResidualMultipliers[arguments->FirstLane + lane];
                ((float*)arguments->Output)[element + lane] = Clamp(value + offset, arguments);
            }
        }
    }

    public static void Store(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            float* accumulators = (float*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                ((float*)arguments->Output)[element + lane] = Clamp(accumulators[lane], arguments);
            }
        }
    }

    public static void AddAndStore(EpilogueArguments* arguments)
    {
        for (int pixel = 0; pixel < arguments->Pixels; pixel++)
        {
            float* accumulators = (float*)arguments->Accumulators + (pixel * Lanes);
            nint element = arguments->FirstElement + ((nint)pixel * arguments->Channels);
            for (int lane = 0; lane < arguments->Lanes; lane++)
            {
                float value = accumulators[lane] + ((float*)arguments->Residual)[element + lane];
                ((float*)arguments->Output)[element + lane] = Clamp(value, arguments);
            }
        }
    }

    private static void Start<T>(MicroKernelArguments* arguments, T* accumulators)
        where T : unmanaged
    {
        for (int lane = 0; lane < Lanes; lane++)
        {
            accumulators[lane] = ((T*)arguments->Bias)[lane];
        }
    }

    /// <summary>Clamps first: the bounds are whole numbers, so the result is the same and the conversion cannot overflow.</summary>
    private static byte Quantize(float value, EpilogueArguments* arguments)
        => (byte)((int)MathF.Round(Clamp(value, arguments), MidpointRounding.ToEven) + arguments->ZeroPoint);

    private static float Clamp(float value, EpilogueArguments* arguments)
        => value < arguments->Minimum ? arguments->Minimum : value > arguments->Maximum ? arguments->Maximum : value;
}
