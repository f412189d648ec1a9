"""Small configs of diffusers' models, which the scripts beside this file build, save and change, and what their main() functions have in common.
A value is what the class's constructor is given; names are CLASS, or CLASS:VARIANT where a class has several."""

import argparse
import gzip
import json

BLOCK = {"block_out_channels": [32, 64], "norm_num_groups": 32}
UNET = {
    "block_out_channels": [32, 64],
    "layers_per_block": 1,
    "sample_size": 16,
    "in_channels": 4,
    "out_channels": 4,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
    "cross_attention_dim": 32,
}
SDXL = UNET | {
    "attention_head_dim": [2, 4],
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "transformer_layers_per_block": [1, 2],
    "projection_class_embeddings_input_dim": 80,
    "cross_attention_dim": 64,
}
CONTROL = {
    "block_out_channels": [32, 64],
    "layers_per_block": 1,
    "in_channels": 4,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
    "cross_attention_dim": 32,
    "conditioning_embedding_out_channels": [16, 32],
}
KL = {
    "block_out_channels": [32, 64],
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D"] * 2,
    "up_block_types": ["UpDecoderBlock2D"] * 2,
    "latent_channels": 4,
}
FLUX = {
    "patch_size": 1,
    "in_channels": 4,
    "num_layers": 1,
    "num_single_layers": 1,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 32,
    "pooled_projection_dim": 32,
    "axes_dims_rope": [4, 4, 8],
}
SD3 = {
    "sample_size": 32,
    "patch_size": 1,
    "in_channels": 4,
    "num_layers": 2,
    "attention_head_dim": 8,
    "num_attention_heads": 4,
    "joint_attention_dim": 32,
    "caption_projection_dim": 32,
    "pooled_projection_dim": 64,
    "out_channels": 4,
}
WAN = {
    "patch_size": [1, 2, 2],
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": 16,
    "out_channels": 16,
    "text_dim": 32,
    "freq_dim": 256,
    "ffn_dim": 32,
    "num_layers": 2,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 32,
}
PIXART = {
    "sample_size": 8,
    "num_layers": 2,
    "patch_size": 2,
    "attention_head_dim": 8,
    "num_attention_heads": 3,
    "caption_channels": 32,
    "in_channels": 4,
    "cross_attention_dim": 24,
    "out_channels": 8,
    "attention_bias": True,
    "activation_fn": "gelu-approximate",
    "num_embeds_ada_norm": 1000,
    "norm_type": "ada_norm_single",
    "norm_elementwise_affine": False,
    "norm_eps": 1e-6,
}

SMALL = {
    "UNet2DConditionModel": UNET,
    "UNet2DConditionModel:SDXL": SDXL,
    "UNet2DConditionModel:class": UNET | {"class_embed_type": "timestep", "num_class_embeds": 10, "attention_head_dim": 4},
    "UNet2DConditionModel:mid": UNET | {"mid_block_type": None},
    "UNet2DConditionModel:kandinsky": {
        "in_channels": 4,
        "out_channels": 8,
        "addition_embed_type": "image",
        "down_block_types": ["ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"],
        "up_block_types": ["SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"],
        "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
        "block_out_channels": [32, 64],
        "layers_per_block": 1,
        "encoder_hid_dim": 32,
        "encoder_hid_dim_type": "image_proj",
        "cross_attention_dim": 32,
        "attention_head_dim": 4,
        "resnet_time_scale_shift": "scale_shift",
        "class_embed_type": None,
    },
    "UNet2DModel": {
        "sample_size": 16,
        "block_out_channels": [32, 64],
        "layers_per_block": 1,
        "attention_head_dim": 8,
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "UpBlock2D"],
    },
    "UNet1DModel": {"block_out_channels": [32, 32, 64], "extra_in_channels": 16, "sample_size": 512},
    "UNet3DConditionModel": {
        "block_out_channels": [32, 64],
        "layers_per_block": 1,
        "down_block_types": ["CrossAttnDownBlock3D", "DownBlock3D"],
        "up_block_types": ["UpBlock3D", "CrossAttnUpBlock3D"],
        "cross_attention_dim": 32,
        "attention_head_dim": 4,
    },
    "UNetMotionModel": {
        "block_out_channels": [32, 64],
        "layers_per_block": 1,
        "down_block_types": ["CrossAttnDownBlockMotion", "DownBlockMotion"],
        "up_block_types": ["UpBlockMotion", "CrossAttnUpBlockMotion"],
        "cross_attention_dim": 32,
        "num_attention_heads": 4,
        "motion_num_attention_heads": 2,
    },
    "MotionAdapter": {"block_out_channels": [32, 64], "motion_layers_per_block": 2, "motion_norm_num_groups": 2, "motion_num_attention_heads": 4},
    "UNetSpatioTemporalConditionModel": {
        "block_out_channels": [32, 64],
        "layers_per_block": 1,
        "sample_size": 16,
        "in_channels": 8,
        "out_channels": 4,
        "down_block_types": ["CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"],
        "up_block_types": ["UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"],
        "cross_attention_dim": 32,
        "num_attention_heads": [2, 4],
        "projection_class_embeddings_input_dim": 96,
        "addition_time_embed_dim": 32,
    },
    "ControlNetModel": CONTROL,
    "ControlNetModel:SDXL": CONTROL
    | {key: SDXL[key] for key in SDXL if key in ("attention_head_dim", "use_linear_projection", "addition_embed_type", "addition_time_embed_dim")}
    | {"transformer_layers_per_block": [1, 2], "projection_class_embeddings_input_dim": 80, "cross_attention_dim": 64},
    "T2IAdapter": {"in_channels": 3, "channels": [32, 64], "num_res_blocks": 2, "downscale_factor": 2, "adapter_type": "full_adapter"},
    "AutoencoderKL": KL,
    "AutoencoderKL:noquant": KL | {"latent_channels": 4, "use_quant_conv": False, "use_post_quant_conv": False},
    "AutoencoderKL:16": KL | {"latent_channels": 16, "use_quant_conv": False, "use_post_quant_conv": False},
    "AutoencoderKL:8": KL | {"latent_channels": 8},
    "AutoencoderKL:mel": KL | {"in_channels": 1, "out_channels": 1, "latent_channels": 4},
    "AutoencoderTiny": {"in_channels": 3, "out_channels": 3, "encoder_block_out_channels": [32, 32], "decoder_block_out_channels": [32, 32],
                        "num_encoder_blocks": [1, 2], "num_decoder_blocks": [2, 1]},
    "AsymmetricAutoencoderKL": {
        "down_block_types": ["DownEncoderBlock2D"] * 2,
        "down_block_out_channels": [32, 64],
        "layers_per_down_block": 1,
        "up_block_types": ["UpDecoderBlock2D"] * 2,
        "up_block_out_channels": [32, 64],
        "layers_per_up_block": 1,
    },
    "AutoencoderKLTemporalDecoder": {"block_out_channels": [32, 64], "down_block_types": ["DownEncoderBlock2D"] * 2, "latent_channels": 4},
    "AutoencoderKLCogVideoX": {
        "down_block_types": ["CogVideoXDownBlock3D"] * 4,
        "up_block_types": ["CogVideoXUpBlock3D"] * 4,
        "block_out_channels": [8, 8, 8, 8],
        "latent_channels": 4,
        "layers_per_block": 1,
        "norm_num_groups": 2,
        "temporal_compression_ratio": 4,
    },
    "AutoencoderKLWan": {"base_dim": 3, "z_dim": 16, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1, "temperal_downsample": [False, True, True]},
    "AutoencoderKLMochi": {"latent_channels": 4, "out_channels": 3, "encoder_block_out_channels": [32, 32, 32, 32],
                           "decoder_block_out_channels": [32, 32, 32, 32], "layers_per_block": [1, 1, 1, 1, 1]},
    "AutoencoderKLLTXVideo": {"latent_channels": 8, "block_out_channels": [8, 8, 8, 8], "decoder_block_out_channels": [8, 8, 8, 8],
                              "layers_per_block": [1, 1, 1, 1, 1], "decoder_layers_per_block": [1, 1, 1, 1, 1]},
    "AutoencoderKLAllegro": {"block_out_channels": [8, 8, 8, 8], "layers_per_block": 1, "latent_channels": 4, "norm_num_groups": 2},
    "AutoencoderKLHunyuanVideo": {"latent_channels": 4, "block_out_channels": [8, 8, 8, 8], "layers_per_block": 1, "norm_num_groups": 4},
    "AutoencoderDC": {
        "latent_channels": 4,
        "attention_head_dim": 2,
        "encoder_block_types": ["ResBlock", "EfficientViTBlock"],
        "decoder_block_types": ["ResBlock", "EfficientViTBlock"],
        "encoder_block_out_channels": [8, 8],
        "decoder_block_out_channels": [8, 8],
        "encoder_qkv_multiscales": [[], [5]],
        "decoder_qkv_multiscales": [[], [5]],
        "encoder_layers_per_block": [1, 1],
        "decoder_layers_per_block": [1, 1],
        "downsample_block_type": "conv",
        "upsample_block_type": "interpolate",
        "decoder_norm_types": "rms_norm",
        "decoder_act_fns": "silu",
    },
    "AutoencoderOobleck": {"encoder_hidden_size": 6, "downsampling_ratios": [1, 2], "decoder_channels": 3, "decoder_input_channels": 3,
                           "audio_channels": 2, "channel_multiples": [2, 4], "sampling_rate": 4},
    "VQModel": KL | {"latent_channels": 3, "num_vq_embeddings": 32},
    "ConsistencyDecoderVAE": {
        "encoder_block_out_channels": [32, 32],
        "encoder_in_channels": 3,
        "encoder_out_channels": 4,
        "encoder_layers_per_block": 1,
        "encoder_norm_num_groups": 32,
        "encoder_down_block_types": ["DownEncoderBlock2D"] * 2,
        "decoder_add_attention": False,
        "decoder_block_out_channels": [32, 64],
        "decoder_layers_per_block": 1,
        "decoder_down_block_types": ["ResnetDownsampleBlock2D"] * 2,
        "decoder_up_block_types": ["ResnetUpsampleBlock2D"] * 2,
        "decoder_norm_num_groups": 32,
        "decoder_num_train_timesteps": 64,
        "latent_channels": 4,
    },
    "FluxTransformer2DModel": FLUX,
    "FluxTransformer2DModel:guidance": FLUX | {"guidance_embeds": True, "num_layers": 2, "num_single_layers": 2},
    "FluxControlNetModel": FLUX | {"num_mode": 2},
    "SD3Transformer2DModel": SD3,
    "SD3Transformer2DModel:3.5": SD3 | {"dual_attention_layers": [0], "qk_norm": "rms_norm"},
    "SD3ControlNetModel": {key: value for key, value in SD3.items() if key != "out_channels"} | {"num_layers": 1},
    "DiTTransformer2DModel": {"sample_size": 16, "num_layers": 2, "patch_size": 4, "attention_head_dim": 8, "num_attention_heads": 2, "in_channels": 4,
                              "out_channels": 8, "attention_bias": True, "activation_fn": "gelu-approximate", "num_embeds_ada_norm": 1000,
                              "norm_type": "ada_norm_zero", "norm_elementwise_affine": False},
    "PixArtTransformer2DModel": PIXART,
    "Transformer2DModel:pixart": PIXART,
    "Transformer2DModel:continuous": {"num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 32, "cross_attention_dim": 32},
    "HunyuanDiT2DModel": {"sample_size": 16, "num_layers": 2, "patch_size": 2, "attention_head_dim": 8, "num_attention_heads": 3, "in_channels": 4,
                          "cross_attention_dim": 32, "cross_attention_dim_t5": 32, "pooled_projection_dim": 16, "hidden_size": 24,
                          "activation_fn": "gelu-approximate", "text_len": 16, "text_len_t5": 16},
    "WanTransformer3DModel": WAN,
    "WanTransformer3DModel:i2v": WAN | {"in_channels": 36, "image_dim": 4, "added_kv_proj_dim": 24},
    "WanVACETransformer3DModel": {key: value for key, value in WAN.items()} | {"vace_layers": [0], "vace_in_channels": 96},
    "CogVideoXTransformer3DModel": {"num_attention_heads": 4, "attention_head_dim": 8, "in_channels": 4, "out_channels": 4, "time_embed_dim": 2,
                                    "text_embed_dim": 32, "num_layers": 1, "sample_width": 2, "sample_height": 2, "sample_frames": 9, "patch_size": 2,
                                    "temporal_compression_ratio": 4, "max_text_seq_length": 16},
    "CogVideoXTransformer3DModel:learned": {"num_attention_heads": 4, "attention_head_dim": 8, "in_channels": 8, "out_channels": 4, "time_embed_dim": 2,
                                            "text_embed_dim": 32, "num_layers": 1, "sample_width": 2, "sample_height": 2, "sample_frames": 9,
                                            "patch_size": 2, "temporal_compression_ratio": 4, "max_text_seq_length": 16,
                                            "use_rotary_positional_embeddings": True, "use_learned_positional_embeddings": True},
    "CogView3PlusTransformer2DModel": {"patch_size": 2, "in_channels": 4, "num_layers": 1, "attention_head_dim": 4, "num_attention_heads": 2,
                                       "out_channels": 4, "text_embed_dim": 32, "time_embed_dim": 8, "condition_dim": 2,
                                       "pos_embed_max_size": 8, "sample_size": 8},
    "CogView4Transformer2DModel": {"patch_size": 2, "in_channels": 4, "num_layers": 2, "attention_head_dim": 4, "num_attention_heads": 4,
                                   "out_channels": 4, "text_embed_dim": 32, "time_embed_dim": 8, "condition_dim": 4},
    "MochiTransformer3DModel": {"patch_size": 2, "num_attention_heads": 2, "attention_head_dim": 8, "num_layers": 2, "pooled_projection_dim": 16,
                                "in_channels": 12, "qk_norm": "rms_norm", "text_embed_dim": 32, "time_embed_dim": 4, "activation_fn": "swiglu",
                                "max_sequence_length": 16},
    "LTXVideoTransformer3DModel": {"in_channels": 8, "out_channels": 8, "patch_size": 1, "patch_size_t": 1, "num_attention_heads": 4,
                                   "attention_head_dim": 8, "cross_attention_dim": 32, "num_layers": 1, "caption_channels": 32},
    "AllegroTransformer3DModel": {"num_attention_heads": 2, "attention_head_dim": 12, "in_channels": 4, "out_channels": 4, "num_layers": 1,
                                  "cross_attention_dim": 24, "sample_width": 8, "sample_height": 8, "sample_frames": 8, "caption_channels": 24},
    "HunyuanVideoTransformer3DModel": {"in_channels": 4, "out_channels": 4, "num_attention_heads": 2, "attention_head_dim": 10, "num_layers": 1,
                                       "num_single_layers": 1, "num_refiner_layers": 1, "patch_size": 1, "patch_size_t": 1, "text_embed_dim": 16,
                                       "pooled_projection_dim": 8, "rope_axes_dim": [2, 4, 4], "guidance_embeds": True},
    "SanaTransformer2DModel": {"patch_size": 1, "in_channels": 4, "out_channels": 4, "num_layers": 1, "num_attention_heads": 2, "attention_head_dim": 4,
                               "num_cross_attention_heads": 2, "cross_attention_head_dim": 4, "cross_attention_dim": 8, "caption_channels": 8,
                               "sample_size": 32},
    "AuraFlowTransformer2DModel": {"sample_size": 32, "patch_size": 2, "in_channels": 4, "num_mmdit_layers": 1, "num_single_dit_layers": 1,
                                   "attention_head_dim": 8, "num_attention_heads": 4, "caption_projection_dim": 32, "joint_attention_dim": 32,
                                   "out_channels": 4, "pos_embed_max_size": 256},
    "LatteTransformer3DModel": {"sample_size": 8, "num_layers": 1, "patch_size": 2, "attention_head_dim": 8, "num_attention_heads": 3,
                                "caption_channels": 32, "in_channels": 4, "cross_attention_dim": 24, "out_channels": 8, "attention_bias": True,
                                "activation_fn": "gelu-approximate", "num_embeds_ada_norm": 1000, "norm_type": "ada_norm_single",
                                "norm_elementwise_affine": False, "norm_eps": 1e-6},
    "StableAudioDiTModel": {"sample_size": 4, "in_channels": 3, "num_layers": 2, "attention_head_dim": 4, "num_key_value_attention_heads": 2,
                            "out_channels": 3, "cross_attention_dim": 4, "time_proj_dim": 8, "global_states_input_dim": 8,
                            "cross_attention_input_dim": 4, "num_attention_heads": 2},
    "PriorTransformer": {"num_attention_heads": 2, "attention_head_dim": 16, "num_layers": 1, "embedding_dim": 32, "num_embeddings": 7,
                         "additional_embeddings": 4},
    "UVit2DModel": {"hidden_size": 32, "cond_embed_dim": 32, "encoder_hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
                    "in_channels": 32, "block_out_channels": 32, "intermediate_size": 64, "codebook_size": 32, "vocab_size": 33, "sample_size": 8},
    "LuminaNextDiT2DModel": {"sample_size": 4, "patch_size": 2, "in_channels": 4, "hidden_size": 24, "num_layers": 2, "num_attention_heads": 3,
                             "num_kv_heads": 1, "multiple_of": 16, "ffn_dim_multiplier": None, "norm_eps": 1e-5, "learn_sigma": False, "qk_norm": True,
                             "cross_attention_dim": 32, "scaling_factor": 1.0},
    "Lumina2Transformer2DModel": {"sample_size": 4, "patch_size": 2, "in_channels": 4, "hidden_size": 24, "num_layers": 2, "num_refiner_layers": 1,
                                  "num_attention_heads": 3, "num_kv_heads": 1, "multiple_of": 2, "axes_dim_rope": [4, 2, 2], "axes_lens": [32, 32, 32],
                                  "cap_feat_dim": 32},
    "QwenImageTransformer2DModel": {"patch_size": 2, "in_channels": 16, "out_channels": 4, "num_layers": 2, "attention_head_dim": 16,
                                    "num_attention_heads": 3, "joint_attention_dim": 16, "axes_dims_rope": [8, 4, 4]},
    "ChromaTransformer2DModel": {key: value for key, value in FLUX.items() if key != "pooled_projection_dim"}
    | {"approximator_hidden_dim": 32, "approximator_layers": 1, "approximator_num_channels": 16},
    "BriaTransformer2DModel": FLUX | {"joint_attention_dim": 32},
    "OmniGenTransformer2DModel": {"hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 32, "num_layers": 1,
                                  "in_channels": 4, "time_step_dim": 4, "rope_scaling": {"long_factor": [1, 2], "short_factor": [1, 2]}},
    "StableCascadeUNet": {"block_out_channels": [32, 32], "num_attention_heads": [-1, 2], "down_num_layers_per_block": [1, 1],
                          "up_num_layers_per_block": [1, 1], "down_blocks_repeat_mappers": [1, 1], "up_blocks_repeat_mappers": [1, 1],
                          "block_types_per_layer": [["SDCascadeResBlock", "SDCascadeTimestepBlock"],
                                                    ["SDCascadeResBlock", "SDCascadeTimestepBlock", "SDCascadeAttnBlock"]],
                          "conditioning_dim": 32, "clip_text_in_channels": 32, "clip_text_pooled_in_channels": 32, "clip_image_in_channels": 32,
                          "in_channels": 4, "out_channels": 4, "patch_size": 1, "switch_level": [False], "timestep_ratio_embedding_dim": 8},
    "AudioLDM2ProjectionModel": {"text_encoder_dim": 16, "text_encoder_1_dim": 32, "langauge_model_dim": 16},
    "StableAudioProjectionModel": {"text_encoder_dim": 4, "conditioning_dim": 4, "min_value": 0, "max_value": 32},
    "Kandinsky3UNet": {"in_channels": 4, "time_embedding_dim": 4, "groups": 2, "attention_head_dim": 4, "layers_per_block": 3,
                       "block_out_channels": [32, 64], "cross_attention_dim": 4, "encoder_hid_dim": 32},
    "UnCLIPTextProjModel": {"clip_embeddings_dim": 32, "time_embed_dim": 128, "cross_attention_dim": 16},
    "PaellaVQModel": {"levels": 2, "bottleneck_blocks": 1, "embed_dim": 32, "num_vq_embeddings": 32},
    "StableUnCLIPImageNormalizer": {"embedding_dim": 32},
}


def class_named(name):
    """The model class of a name of SMALL: diffusers' own, or one that only its file knows."""
    import diffusers
    from diffusers_graphs import model_classes

    name = name.partition(":")[0]
    if hasattr(diffusers, name):
        return getattr(diffusers, name)
    return next(cls for known, cls, _ in model_classes(diffusers) if known == name)


def small_models():
    """(name, model on the meta device, config) of each of SMALL that builds, and builds of its config; a name ends with ":" where it has no variant."""
    import torch

    for name, kwargs in SMALL.items():
        try:
            with torch.device("meta"):
                model = class_named(name)(**kwargs)
                type(model).from_config(json.loads(model.to_json_string()))
        except Exception:
            continue
        yield name if ":" in name else name + ":", model, json.loads(model.to_json_string())


def asked(*numbers, **more):
    """The arguments of a script: OUT and --seed, which must be given, --NUMBER for each of `numbers`, and --MORE for each of `more`: a flag where that
    is False, else with that as the default."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    for name in ("seed", *numbers):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name, default in more.items():
        kind = {"action": "store_true"} if default is False else {"type": type(default), "default": default}
        parser.add_argument(f"--{name.replace('_', '-')}", **kind)
    return parser.parse_args()


def be_quiet():
    """diffusers logs warnings to those alone who ask for them, and shows no bars."""
    import diffusers

    diffusers.logging.set_verbosity_warning()
    diffusers.logging.disable_default_handler()
    diffusers.logging.disable_progress_bar()


class Rows:
    """A file of rows, a JSON object a line, that is the same whenever it is made."""

    def __init__(self, path):
        self.count, self._file = 0, gzip.GzipFile(path, "wb", mtime=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def add(self, row):
        self._file.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        self.count += 1
